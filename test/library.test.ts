import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { Connector, Gates, Gateway, InstanceFile, backendDefaults, gatewayBounds } from "../src/index.ts"
import type { BackendSpec, Gate, Transport } from "../src/index.ts"

const spec: BackendSpec = {
  ...backendDefaults,
  name: "mine",
  prefix: "mine",
  launch: { type: "stdio", command: "none", args: [], env: {}, secrets: [], envPass: [], cwd: undefined },
  idempotentTools: [],
  bounds: backendDefaults.boundsStdio
}

const answers: Readonly<Record<string, string>> = {
  initialize:
    '"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"m","version":"1"}}',
  "tools/list": '"result":{"tools":[{"name":"open","inputSchema":{"type":"object"}}]}',
  "tools/call": '"result":{"content":[]}'
}

/** A backend in this process: somebody's own `Connector`. */
const connector = (seen: Array<string>) =>
  Layer.succeed(Connector, {
    connect: (_spec, _slot, events) =>
      Effect.sync((): Transport => {
        const reply = (frame: string) => {
          const [, id, method = ""] = /"id":("[^"]+"),"method":"([^"]+)"/.exec(frame) ?? []
          seen.push(method)
          const answer = answers[method] ?? '"error":{"code":-32601,"message":"Method not found"}'
          if (id !== undefined) events.onFrames([`{"jsonrpc":"2.0","id":${id},${answer}}`])
        }
        return {
          pid: undefined,
          backlogBytes: () => 0,
          kill: () => undefined,
          stderr: () => [],
          write: (frame) => queueMicrotask(() => reply(frame))
        }
      })
  })

const closed: Gate = {
  name: "opening hours",
  check: () => ({ _tag: "Deny", configPath: "hours", refusal: { code: -1, message: "closed today" } })
}

it.live(
  "a gateway is composed of somebody's own connector and gates, and a gate that says no keeps the backend untouched",
  () => {
    const stateDirectory = mkdtempSync(path.join(tmpdir(), "sentinel-library-"))
    const seen: Array<string> = []
    const tree = Gateway.layer({
      backends: [spec],
      bounds: gatewayBounds,
      stateDirectory,
      identity: { name: "t", version: "1" }
    }).pipe(Layer.provide([connector(seen), InstanceFile.none("library"), Layer.succeed(Gates, [closed])]))
    return Effect.gen(function* () {
      const gateway = yield* Gateway
      const frames = yield* Effect.callback<ReadonlyArray<string>>((resume) => {
        const got: Array<string> = []
        const session = gateway.connect({
          sessionId: "one",
          send: (frame) => {
            got.push(frame)
            if (frame.includes('"id":2'))
              session.receive('{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"mine__open"}}')
            if (frame.includes('"id":3')) resume(Effect.succeed(got))
            gateway.flush()
          }
        })
        session.receive(
          '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}'
        )
        session.receive('{"jsonrpc":"2.0","id":2,"method":"tools/list"}')
        gateway.flush()
      })
      assert.include(
        frames.find((frame) => frame.includes('"id":2')),
        "mine__open"
      )
      assert.include(
        frames.find((frame) => frame.includes('"id":3')),
        "closed today"
      )
      assert.include(seen, "tools/list")
      assert.notInclude(seen, "tools/call")
    }).pipe(
      Effect.provide(tree),
      Effect.ensuring(Effect.sync(() => rmSync(stateDirectory, { recursive: true, force: true })))
    )
  }
)
