import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { childEnvironment } from "../../src/backend/ChildEnvironment.ts"
import type { StdioLaunch } from "../../src/domain/BackendSpec.ts"
import { connectReady, instanceId, scriptSpec, stdioLayer } from "./stdioBackend.ts"

const launch: StdioLaunch = { type: "stdio", command: "x", args: [], env: {}, secrets: [], envPass: [], cwd: undefined }

it.live("INV-4 a child sees the minimum, what it was given, its mark, and nothing else", () =>
  Effect.gen(function* () {
    const spec = scriptSpec(`console.log(JSON.stringify(process.env))`, { env: { GIVEN: "1" }, envPass: ["PASSED"] })
    const { first } = yield* connectReady(spec, "s-1")
    const { SENTINEL_SPAWN: spawnNumber, ...rest }: Record<string, string> = JSON.parse(first)
    assert.match(spawnNumber ?? "", /^\d+$/)
    assert.deepStrictEqual(rest, {
      PATH: "/usr/bin:/bin",
      HOME: "/home/somebody",
      LC_ALL: "C.UTF-8",
      GIVEN: "1",
      PASSED: "2",
      SENTINEL_SLOT: `${instanceId}/example/s-1`
    })
  }).pipe(
    Effect.scoped,
    Effect.provide(
      stdioLayer({
        variables: {
          PATH: "/usr/bin:/bin",
          HOME: "/home/somebody",
          LC_ALL: "C.UTF-8",
          PASSED: "2",
          CANARY: "leak",
          SENTINEL_TOKEN: "leak",
          NODE_OPTIONS: "--no-warnings",
          SSH_AUTH_SOCK: "/leak"
        }
      })
    )
  )
)

it("a variable of env_pass that is not set is named", () => {
  const result = childEnvironment({ ...launch, envPass: ["SET", "GONE", "EMPTY"] }, { SET: "x", EMPTY: "" }, {})
  assert.match(
    Result.getOrElse(Result.flip(result), () => ""),
    /env_pass names "GONE", "EMPTY", not set/
  )
})

it("env wins over what is inherited and passed, and nothing wins over the mark", () => {
  const result = childEnvironment(
    { ...launch, env: { HOME: "/given", TOKEN_A: "given", MARK: "forged" }, envPass: ["TOKEN_A"] },
    { HOME: "/own", TOKEN_A: "own", MARK: "own" },
    { MARK: "ours" }
  )
  const { variables } = Result.getOrThrow(result)
  assert.deepStrictEqual(variables, { HOME: "/given", TOKEN_A: "given", MARK: "ours" })
})

it("values given by reference are secrets, whatever they are called and look like", () => {
  const env = { PLAIN: "plain-value", GIVEN: "other-value" }
  const { secrets } = Result.getOrThrow(childEnvironment({ ...launch, env, secrets: ["GIVEN"] }, {}, {}))
  assert.deepStrictEqual(secrets, ["other-value"])
})

it("passed values and those that look secret are secrets, short ones are not", () => {
  const own = { PASSED: "passed-value", SHORT: "short" }
  const env = {
    API_KEY: "looks-secret",
    PLAIN: "plain-value",
    PIN_TOKEN: "1234",
    PEM_SECRET: "first line\nsecond line",
    STORE: "redis://:password@host/0"
  }
  const { secrets } = Result.getOrThrow(childEnvironment({ ...launch, env, envPass: ["PASSED", "SHORT"] }, own, {}))
  assert.deepStrictEqual(secrets, [
    "passed-value",
    "looks-secret",
    "first line\nsecond line",
    "first line",
    "second line",
    "redis://:password@host/0"
  ])
})
