import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import {
  existsSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { inTurn, turnLookMillis, turnMillis, turnWaitMillis } from "../../src/backend/OAuthTurn.ts"
import { runDirectory } from "../fixtures/runDirectory.ts"

const fresh = () => {
  mkdirSync(runDirectory(), { recursive: true })
  const directory = mkdtempSync(join(runDirectory(), "t-"))
  const file = join(directory, "box.json")
  return { file, lock: `${file}.lock` }
}

const seconds = (millis: number) => millis / 1_000

/** A turn by the test's clock, which begins at 0; the file's age is measured against it. */
const turn = (file: string) => Effect.forkScoped(Effect.result(inTurn(file, Effect.succeed("worked"))))

const outcome = Effect.fnUntraced(function* (file: string) {
  const running = yield* turn(file)
  yield* TestClock.adjust(turnWaitMillis)
  const result = yield* Fiber.join(running)
  return result._tag === "Success" ? result.success : result.failure.reason
})

describe("Taking turns at a token file", () => {
  it.effect("waits for another gateway, but not for ever, and says what is in the way", () =>
    Effect.gen(function* () {
      const { file, lock } = fresh()
      writeFileSync(lock, "")
      const running = yield* turn(file)
      for (let now = 0; now < turnWaitMillis; now += turnMillis / 2) {
        utimesSync(lock, seconds(now), seconds(now))
        assert.isUndefined(running.pollUnsafe())
        yield* TestClock.adjust(turnMillis / 2)
      }
      const result = yield* Fiber.join(running)
      const words = `${lock} has been held by other gateways for ${turnWaitMillis} ms; remove it`
      assert.include(result._tag === "Failure" ? result.failure.reason : "", words)
      assert.isTrue(existsSync(lock))
    })
  )

  it.effect("goes on as soon as the other has given it back", () =>
    Effect.gen(function* () {
      const { file, lock } = fresh()
      writeFileSync(lock, "")
      utimesSync(lock, 0, 0)
      const running = yield* turn(file)
      yield* TestClock.adjust(turnMillis)
      assert.isUndefined(running.pollUnsafe())
      rmSync(lock)
      yield* TestClock.adjust(turnLookMillis)
      assert.strictEqual((yield* Fiber.join(running))._tag, "Success")
      assert.isFalse(existsSync(lock))
    })
  )

  it.effect("is not stopped by a turn of the past, or of the future of a clock that was set back", () =>
    Effect.gen(function* () {
      for (const time of [-turnMillis - 1_000, turnMillis + 1_000]) {
        const { file, lock } = fresh()
        writeFileSync(lock, "")
        utimesSync(lock, seconds(time), seconds(time))
        assert.strictEqual(yield* outcome(file), "worked")
        assert.isFalse(existsSync(lock))
      }
    })
  )

  it.effect("fails on what is no lock at all, and leaves it there", () =>
    Effect.gen(function* () {
      const directory = fresh()
      mkdirSync(directory.lock)
      utimesSync(directory.lock, -1e6, -1e6)
      const link = fresh()
      symlinkSync("/nowhere", link.lock)
      lutimesSync(link.lock, -1e6, -1e6)
      for (const { file, lock } of [directory, link]) {
        assert.include(yield* outcome(file), `${lock} is in the way: it is no file; remove it`)
      }
      assert.isTrue(existsSync(directory.lock))
    })
  )

  it.effect("is not waited for where no lock can be made", () =>
    Effect.gen(function* () {
      const { file } = fresh()
      writeFileSync(file, "")
      assert.strictEqual(yield* outcome(join(file, "box.json")), "worked")
    })
  )
})
