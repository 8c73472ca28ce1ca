import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { askIn, type AskCredentials } from "../../src/backend/HttpCredentials.ts"
import { untilStderr } from "../cli/sentinel.ts"
import { parseObject } from "../fixtures/envelope.ts"
import { Guarded } from "../fixtures/authorizationServer.ts"
import { startGateway } from "../fixtures/gateway.ts"
import { runDirectory } from "../fixtures/runDirectory.ts"

/** All that a gateway prints whose state directory is prepared so, until its backend is parked for want of a token. */
const printed = async (prepare: (stateDir: string) => void): Promise<{ stderr: string; lines: Array<string> }> => {
  await using guarded = await Guarded.start()
  mkdirSync(runDirectory(), { recursive: true })
  const directory = mkdtempSync(join(runDirectory(), "g-"))
  mkdirSync(join(directory, "state"), { mode: 0o700 })
  prepare(join(directory, "state"))
  const backend = { name: "box", type: "http", url: guarded.url, oauth: { grant: "authorization_code" } }
  await using gateway = startGateway({ backends: [backend], directory })
  const { client } = gateway
  const clientInfo = { name: "test", version: "1" }
  await client.request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo })
  client.notify("notifications/initialized")
  await untilStderr(client, /"box\\" is parked/)
  await gateway.stop()
  return { stderr: client.stderr, lines: client.lines }
}

const strange = (lines: ReadonlyArray<string>) => lines.filter((line) => parseObject(line)?.["jsonrpc"] !== "2.0")

describe("What the OAuth client has to say", () => {
  it("is not on stdout when the token file is a directory", async () => {
    const { lines, stderr } = await printed((state) => mkdirSync(join(state, "oauth", "box.json"), { recursive: true }))
    assert.deepStrictEqual(strange(lines), [])
    assert.include(stderr, "box.json is not used: it is no regular file")
  })

  it("is not on stdout when no token file can be written", async () => {
    const { lines, stderr } = await printed((state) => writeFileSync(join(state, "oauth"), ""))
    assert.deepStrictEqual(strange(lines), [])
    assert.match(stderr, /level=WARN .*box\.json could not be written/)
  })

  it("goes to the log of the gateway, be it a warning or a defect", async () => {
    const logged: Array<string> = []
    const logger = Logger.make(({ cause, message }) => void logged.push(`${String(message)} ${String(cause)}`))
    const credentials = {
      headers: () => ({}),
      refused: () => Effect.andThen(Effect.logWarning("a warning"), Effect.die(new Error("a defect")))
    }
    const asking = (ask: AskCredentials) =>
      Effect.callback<string | undefined>((resume) =>
        ask({ status: 401, header: undefined }, (refusal) => resume(Effect.succeed(refusal)))
      )
    const refusal = await askIn("box", credentials).pipe(
      Effect.flatMap(asking),
      Effect.scoped,
      Effect.provide(Logger.layer([logger])),
      Effect.runPromise
    )
    assert.strictEqual(refusal, "could not be given credentials; the log says why")
    assert.lengthOf(logged, 2)
    assert.include(logged[0], "a warning")
    assert.include(logged[1], "credentials of box failed")
    assert.include(logged[1], "a defect")
  })
})
