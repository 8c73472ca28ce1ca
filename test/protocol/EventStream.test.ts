import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { EventStream, eventIdLength, lineBytes } from "../../src/protocol/EventStream.ts"
import { holds } from "../fixtures/property.ts"

interface Read {
  readonly events: ReadonlyArray<readonly [type: string, data: string]>
  readonly oversize: ReadonlyArray<number>
  readonly stream: EventStream
}

const read = (chunks: ReadonlyArray<string | Uint8Array>, maxBytes = 1_000): Read => {
  const events: Array<readonly [string, string]> = []
  const oversize: Array<number> = []
  const stream = new EventStream(maxBytes)
  for (const chunk of chunks) {
    stream.push(
      Buffer.from(chunk),
      (type, data) => events.push([type, data]),
      (bytes) => oversize.push(bytes)
    )
  }
  return { events, oversize, stream }
}

const eventsIn = (text: string) => read([text]).events

describe("An event stream", () => {
  it("is cut at empty lines into events with type and data", () => {
    const text = 'event: endpoint\ndata: /x\n\ndata:{"a":1}\n\ndata: one\ndata:  two\ndata\n\n'
    assert.deepStrictEqual(eventsIn(text), [
      ["endpoint", "/x"],
      ["message", '{"a":1}'],
      ["message", "one\n two\n"]
    ])
  })

  it("has comments, unknown fields and events without data, which are none", () => {
    assert.deepStrictEqual(eventsIn(": keep-alive\n\nevent: x\n\nfoo: bar\ndata: a\nnonsense\n\n\n\n"), [
      ["message", "a"]
    ])
  })

  it("drops what has not ended, and a byte order mark before everything", () => {
    assert.deepStrictEqual(eventsIn("\ufeffdata: a\n\ndata: b\n"), [["message", "a"]])
  })

  it("knows the id of the last event that ended, and how long to wait", () => {
    const { stream } = read(["id: 1\nretry: 250\ndata: a\n\nid: 2\n\nid: 3\ndata: b\n"])
    assert.deepStrictEqual([stream.lastEventId, stream.retryMillis], ["2", 250])
    assert.isUndefined(read(["id: 1\ndata: a\n\nid\ndata: b\n\n"]).stream.lastEventId)
    for (const bad of ["a\0b", "a\u0001b", "\u0008", "\u000b", "\u001b[1m", "x\u007f"]) {
      assert.strictEqual(read([`id: 1\ndata\n\nid: ${bad}\ndata\n\n`]).stream.lastEventId, "1", JSON.stringify(bad))
    }
    assert.strictEqual(read(["id: a\tž\ndata\n\n"]).stream.lastEventId, "a\tž")
    assert.isUndefined(read([`id: ${"x".repeat(eventIdLength + 1)}\ndata\n\n`]).stream.lastEventId)
    assert.isUndefined(read(["retry: 1e3\n\nretry: -1\n\nretry: 9999999999\n\n"]).stream.retryMillis)
  })

  it("reads the same however its bytes are cut, and whichever line ends it has", () => {
    const field = fc.constantFrom("data: ž", "data: 🙂", "data", ": c", "event: e", "id: 7", "", "")
    const cut = fc.record({
      lines: fc.array(field, { maxLength: 20 }),
      end: fc.constantFrom("\n", "\r", "\r\n"),
      cuts: fc.array(fc.nat(200), { maxLength: 8 })
    })
    holds(cut, ({ cuts, end, lines }) => {
      const whole = read([lines.map((line) => `${line}\n`).join("")])
      const bytes = Buffer.from(lines.map((line) => `${line}${end}`).join(""))
      const at = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((one, other) => one - other), bytes.length]
      const pieces = at.slice(1).map((to, index) => bytes.subarray(at[index], to))
      const cutUp = read(pieces)
      assert.deepStrictEqual(cutUp.events, whole.events)
      assert.strictEqual(cutUp.stream.lastEventId, whole.stream.lastEventId)
    })
  })

  it("reports an event beyond the bound once, drops it, and goes on with the next", () => {
    const next = "data: next\n\n"
    for (const long of [
      [`data: ${"x".repeat(101)}\n\n`],
      [`data: ${"ž".repeat(51)}\n\n`],
      [`${"data: 0123456789\n".repeat(10)}\n`],
      ["data: ", ..."x".repeat(300), "\nid: 5\ndata: more\n\n"],
      [`: ${"c".repeat(90)}`, "c".repeat(90), "\n\n"]
    ]) {
      const { events, oversize } = read([...long, next], 100)
      assert.deepStrictEqual([events, oversize.length], [[["message", "next"]], 1], long[0])
      assert.isAbove(oversize[0] ?? 0, 100)
    }
    assert.deepStrictEqual(read([`data: ${"x".repeat(100)}\n\n`], 100).oversize, [])
    assert.deepStrictEqual(read([`data: ${"ž".repeat(50)}\n\n`], 100).oversize, [])
  })

  it("counts every line of an event, so that empty ones fill the bound as well", () => {
    const most = 10
    const lines = (count: number) => [`${"data\n".repeat(count)}\n`, "data: next\n\n"]
    const maxBytes = (most - 1) * (lineBytes + 1)
    assert.deepStrictEqual(read(lines(most), maxBytes).events, [
      ["message", "\n".repeat(most - 1)],
      ["message", "next"]
    ])
    const { events, oversize } = read(lines(most + 1), maxBytes)
    assert.deepStrictEqual([events, oversize.length], [[["message", "next"]], 1])
    const unfinished = read(["data\n".repeat(most), `: ${"c".repeat(lineBytes * 2)}`], maxBytes)
    assert.strictEqual(unfinished.oversize.length, 1, "the end of the line is not waited for")
  })

  it("reads a long event that comes byte by byte", () => {
    const data = "žluťoučký kůň ".repeat(500)
    const bytes = Buffer.from(`data: ${data}\n\n`)
    const { events } = read(
      Array.from(bytes, (byte) => Uint8Array.of(byte)),
      100_000
    )
    assert.deepStrictEqual(events, [["message", data]])
  })
})
