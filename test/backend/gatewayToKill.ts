import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { InstanceFile } from "../../src/backend/InstanceFile.ts"
import { StdioConnector } from "../../src/backend/StdioTransport.ts"
import { StopMode } from "../../src/backend/StopMode.ts"
import { connectReady, scriptSpec } from "./stdioBackend.ts"

/**
 * Plays a gateway that is killed without warning: starts one backend that lives on without it, with a grandchild
 * outside of its group, prints both pids, and waits for its end. Arguments: state directory, instance id.
 */
const [stateDirectory = "", instanceId = ""] = process.argv.slice(2)

const backend = `
  const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"],
    { detached: true, stdio: "ignore" })
  child.once("spawn", () => console.log(child.pid))
  setInterval(() => {}, 1000)`

const layer = StdioConnector.layer({ variables: process.env, ownNode: process.execPath, searchFirst: [] }).pipe(
  Layer.provideMerge(Layer.mergeAll(StopMode.layer, InstanceFile.layer({ stateDirectory, instanceId })))
)

const gateway = Effect.gen(function* () {
  const { transport, first } = yield* connectReady(scriptSpec(backend))
  process.stdout.write(`${JSON.stringify([transport.pid, Number(first)])}\n`)
  yield* Effect.never
})

setInterval(() => undefined, 1_000)
Effect.runFork(gateway.pipe(Effect.scoped, Effect.provide(layer)))
