import { assert, it } from "@effect/vitest"
import { Writable } from "node:stream"
import { FrameWriter } from "../../src/backend/FrameWriter.ts"

const makeSink = () => {
  const writes: Array<string> = []
  const waiting: Array<() => void> = []
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      writes.push(chunk.toString())
      waiting.push(done)
    }
  })
  return { sink, writes, takeOne: () => waiting.shift()?.() }
}

it("many frames of one turn leave in one write", async () => {
  const { sink, writes } = makeSink()
  const writer = new FrameWriter(sink)
  for (const frame of ["one", "two", "three"]) writer.write(frame)
  assert.deepStrictEqual(writes, [], "nothing leaves before the turn is over")
  await Promise.resolve()
  assert.deepStrictEqual(writes, ["one\ntwo\nthree\n"])
})

it("the backlog counts what is collected, in characters, and the bytes that the system has not taken", async () => {
  const { sink, takeOne } = makeSink()
  const writer = new FrameWriter(sink)
  writer.write("é")
  assert.strictEqual(writer.backlogBytes(), 2)
  await Promise.resolve()
  writer.write("more")
  assert.strictEqual(writer.backlogBytes(), 3 + 5)
  writer.flush()
  takeOne()
  await new Promise(setImmediate)
  assert.strictEqual(writer.backlogBytes(), 5)
  takeOne()
  await new Promise(setImmediate)
  assert.strictEqual(writer.backlogBytes(), 0)
})

it("frames for a closed pipe are dropped and count as nothing", async () => {
  const { sink, writes } = makeSink()
  const writer = new FrameWriter(sink)
  sink.destroy()
  writer.write("late")
  await Promise.resolve()
  assert.deepStrictEqual([writes, writer.backlogBytes()], [[], 0])
})
