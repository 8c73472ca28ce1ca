import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { LineFramer, maxLoosePieces } from "../../src/protocol/Framing.ts"
import { holds } from "../fixtures/property.ts"

const bound = 64

const run = (chunks: ReadonlyArray<Uint8Array>, maxFrameBytes = bound) => {
  const framer = new LineFramer(maxFrameBytes)
  const lines: Array<string> = []
  const oversized: Array<number> = []
  let mostPending = 0
  for (const chunk of chunks) {
    framer.push(
      chunk,
      (line) => lines.push(line),
      (bytes) => oversized.push(bytes)
    )
    mostPending = Math.max(mostPending, framer.pendingBytes)
  }
  return { lines, oversized, mostPending, pending: framer.pendingBytes }
}

const text = (...parts: ReadonlyArray<string>) => parts.map((part) => Buffer.from(part))

/** Cuts bytes into chunks at the given places. */
const cut = (bytes: Buffer, places: ReadonlyArray<number>) => {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...sorted, bytes.length].map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end))
}

/** What the frames are, read off the whole stream at once. */
const expected = (bytes: Buffer) => {
  const lines: Array<string> = []
  let oversized = 0
  for (let from = 0, to = bytes.indexOf(10); from <= bytes.length; to = bytes.indexOf(10, from)) {
    const end = to < 0 ? bytes.length : to
    if (end - from > bound) oversized++
    else if (to >= 0) lines.push(bytes.subarray(from, end).toString("utf8").replace(/\r$/u, ""))
    from = end + 1
  }
  return { lines: lines.filter((line) => line !== ""), oversized }
}

describe("LineFramer", () => {
  it("gives each line of a chunk that holds whole lines", () => {
    assert.deepEqual(run(text('{"a":1}\n{"b":2}\n')).lines, ['{"a":1}', '{"b":2}'])
  })

  it("gives the same frames however the bytes are cut, broken UTF-8 included", () => {
    const piece = fc.oneof(
      fc
        .constantFrom("\n", "\r\n", "\n\n", "€", "日本", "😀", "x".repeat(bound - 1), "y".repeat(bound + 1))
        .map((part) => Buffer.from(part)),
      fc.constantFrom([0xff], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc3]).map((part) => Buffer.from(part)),
      fc.uint8Array({ maxLength: 12 }).map((part) => Buffer.from(part))
    )
    const stream = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.concat(pieces))
    holds(
      fc.tuple(stream, fc.array(fc.nat(), { maxLength: 20 })),
      ([bytes, places]) => {
        const { lines, mostPending, oversized } = run(cut(bytes, places))
        assert.deepEqual(lines, expected(bytes).lines)
        assert.strictEqual(oversized.length, expected(bytes).oversized)
        assert.isAtMost(mostPending, bound)
      },
      2_000
    )
  })

  it("puts a character together that was split between chunks", () => {
    const euro = Buffer.from("€\n")
    assert.deepEqual(run([euro.subarray(0, 1), euro.subarray(1, 2), euro.subarray(2)]).lines, ["€"])
  })

  it("reads plain byte arrays, also those that are a part of a larger buffer", () => {
    const whole = new TextEncoder().encode("xx{}\nyy")
    assert.deepEqual(run([whole.subarray(2, 5)]).lines, ["{}"])
  })

  it("drops the carriage return of CRLF, even alone in its chunk, and skips empty lines", () => {
    assert.deepEqual(run(text("\n\r\n{}\r\n\n", "[]", "\r", "\n")).lines, ["{}", "[]"])
  })

  it("keeps half a frame and says how much of it there is", () => {
    assert.deepEqual(run(text("{}\n", '{"half')), { lines: ["{}"], oversized: [], mostPending: 6, pending: 6 })
  })

  it("accepts a frame of exactly the bound and refuses one byte more, in one chunk and in many", () => {
    const exact = "x".repeat(bound)
    assert.deepEqual(run(text(`${exact}\n`)).lines, [exact])
    assert.deepEqual(run(text(exact, "\n")).lines, [exact])
    assert.deepEqual(run(text(`${exact}x\n{}\n`)), {
      lines: ["{}"],
      oversized: [bound + 1],
      mostPending: 0,
      pending: 0
    })
    assert.deepEqual(run(text(exact, "x\n{}\n")).oversized, [bound + 1])
    assert.deepEqual(run(text(exact, "x\n{}\n")).lines, ["{}"])
  })

  it("reports 10 MiB without a newline once, when they cross the bound, and holds none of them", () => {
    const limit = 4 * 1024 * 1024
    const chunk = Buffer.alloc(64 * 1024, "x")
    const endless = Array.from({ length: 160 }, () => chunk)
    const { lines, mostPending, oversized, pending } = run([...endless, ...text('"tail"\n{}\n')], limit)
    assert.deepEqual(oversized, [limit + chunk.length])
    assert.deepEqual(lines, ["{}"])
    assert.isAtMost(mostPending, limit)
    assert.strictEqual(pending, 0)
  })

  it("reports the next oversized frame again", () => {
    const long = "x".repeat(bound + 1)
    assert.deepEqual(run(text(long, long, "\n{}\n", long, "\n")).oversized, [bound + 1, bound + 1])
  })

  it("joins many small pieces, so that a frame sent byte by byte does not hold a chunk for each byte", () => {
    const pieces = Array.from({ length: maxLoosePieces * 3 + 5 }, () => Buffer.from("a"))
    const framer = new LineFramer(4_096)
    let line = ""
    for (const piece of pieces)
      framer.push(
        piece,
        () => assert.fail("no frame yet"),
        () => assert.fail("not too long")
      )
    // A piece that is still held would show the change.
    for (const piece of pieces.slice(0, maxLoosePieces * 3)) piece.fill("b")
    framer.push(
      Buffer.from("\n"),
      (got) => (line = got),
      () => assert.fail("not too long")
    )
    assert.strictEqual(line, "a".repeat(pieces.length))
  })
})
