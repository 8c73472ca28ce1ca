import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { OutBox, backlogBytes, hintsLength, unreadBytes } from "../../src/edge/OutBox.ts"
import { settle } from "./memoryGateway.ts"
import { SlowOutput } from "./slowOutput.ts"

const boxed = () => {
  const output = new SlowOutput()
  const full: Array<boolean> = []
  const box = new OutBox(output, (isFull) => full.push(isFull))
  return { box, full, output }
}

const large = (name: string, bytes = backlogBytes) => `${name} ${"x".repeat(bytes)}`

const names = ({ lines }: SlowOutput) => lines.map((line) => line.split(" ")[0])

describe("frames on their way to a client", () => {
  it.effect("leave in one write when they come in one turn", () =>
    Effect.gen(function* () {
      const { box, output } = boxed()
      output.flow()
      for (const frame of ["1", "2", "3"]) box.put(frame, frame === "2")
      yield* settle
      box.put("4", false)
      yield* settle
      assert.deepStrictEqual(output.taken, ["1\n2\n3\n", "4\n"])
    })
  )

  it.effect("fill the box when the client does not read: it says so once, and once that there is room again", () =>
    Effect.gen(function* () {
      const { box, full, output } = boxed()
      box.put(large("1", backlogBytes / 2), false)
      yield* settle
      assert.deepStrictEqual(full, [])
      for (const name of ["2", "3", "4"]) {
        box.put(large(name), false)
        yield* settle
      }
      assert.deepStrictEqual(full, [true])
      output.take()
      yield* settle
      assert.deepStrictEqual(full, [true], "some room is not enough")
      output.flow()
      yield* settle
      assert.deepStrictEqual(full, [true, false])
      assert.deepStrictEqual(names(output), ["1", "2", "3", "4"])
    })
  )

  it.effect("that are minor are dropped while it is full, never the others, and order is kept", () =>
    Effect.gen(function* () {
      const { box, output } = boxed()
      box.put(large("reply-1"), false)
      yield* settle
      box.put("progress-lost", true)
      box.put("reply-2", false)
      box.put("log-lost", true)
      yield* settle
      output.flow()
      yield* settle
      box.put("progress-kept", true)
      box.put("reply-3", false)
      yield* settle
      assert.deepStrictEqual(names(output), ["reply-1", "reply-2", "progress-kept", "reply-3"])
    })
  )

  it.effect("that are hints wait while it is full, the last of each name, and leave when there is room", () =>
    Effect.gen(function* () {
      const { box, output } = boxed()
      box.put("first", "a")
      box.put(large("reply-1"), false)
      yield* settle
      for (let n = 0; n < 1_000; n++) {
        box.put(`a-${n}`, "a")
        box.put(`b-${n}`, "b")
      }
      box.put("reply-2", false)
      output.flow()
      yield* settle
      assert.deepStrictEqual(names(output), ["first", "reply-1", "reply-2", "a-999", "b-999"])
    })
  )

  it.effect("INV-32 that are hints of ever new names are kept up to a bound", () =>
    Effect.gen(function* () {
      const { box, output } = boxed()
      box.put(large("reply-1"), false)
      yield* settle
      const each = "x".repeat(hintsLength / 64)
      for (let n = 0; n < 1_000; n++) box.put(`hint-${n} ${each}`, `${n}`)
      output.flow()
      yield* settle
      assert.lengthOf(output.lines, 64)
    })
  )

  it.effect("INV-32 close the way out when there are too many by far", () =>
    Effect.gen(function* () {
      const { box, output } = boxed()
      const size = 16 * 1024 * 1024
      const reply = large("reply", size)
      for (let n = 0; n < unreadBytes / size; n++) {
        assert.isFalse(output.destroyed, `with ${n}`)
        box.put(reply, false)
        yield* settle
      }
      assert.isTrue(output.destroyed)
      assert.include(output.errored?.message, "the client does not read")
      box.put(reply, false)
      box.put("hint", "a")
      yield* box.flushed
    })
  )

  it.effect("are flushed when the last has been taken, not before", () =>
    Effect.gen(function* () {
      const { box, output } = boxed()
      box.put("1", false)
      yield* settle
      box.put("2", false)
      const flushed = yield* Effect.forkChild(box.flushed)
      yield* settle
      assert.isUndefined(flushed.pollUnsafe())
      output.flow()
      yield* Fiber.join(flushed)
      assert.deepStrictEqual(names(output), ["1", "2"])
    })
  )

  it.effect("go nowhere when the client is gone, and nobody waits for them", () =>
    Effect.gen(function* () {
      const { box, full, output } = boxed()
      output.destroy(new Error("EPIPE"))
      yield* settle
      for (let n = 0; n < 10; n++) box.put(large(`${n}`), false)
      yield* settle
      yield* box.flushed
      assert.deepStrictEqual([output.taken, full, output.writableLength], [[], [], 0])
    })
  )
})
