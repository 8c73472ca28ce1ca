import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { statefulVersions, statelessVersions } from "../domain/Era.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import { mcpCodes } from "../protocol/JsonRpcCodes.ts"
import { metaKeys } from "../protocol/Meta.ts"
import type { Dialect, Implementation } from "../protocol/Upstream.ts"
import type { Connection } from "./Connection.ts"
import { visible } from "./HiddenText.ts"
import { quoted } from "./Quoted.ts"
import { rpcRaw, type RpcError } from "./Rpc.ts"

/** What a backend said of itself while shaking hands. */
export interface Peer {
  readonly dialect: Dialect
  readonly capabilities: JsonObject
  readonly serverInfo: JsonObject
  readonly instructions: string | undefined
}

/** The backend speaks no revision that the gateway speaks. */
export class NoCommonVersion extends Schema.TaggedError<NoCommonVersion>()("NoCommonVersion", {
  offered: Schema.String
}) {
  override get message(): string {
    return `speaks only ${this.offered}; the gateway speaks ${[...statelessVersions, ...statefulVersions].join(", ")}`
  }
}

/**
 * How long a backend may take to answer the `server/discover` probe before `initialize` is tried as well. Over HTTP an
 * answer of either era comes by itself, so that silence says only that the server is slow.
 */
export const discoverMillis = { stdio: 3_000, http: 10_000 } as const

/** What the gateway says of itself and of the client behind it. */
export interface Introduction {
  readonly identity: Implementation
  /** The client's capabilities that this connection can serve; empty for a shared connection. */
  readonly capabilities: JsonObject
  /** False after a process died of the probe: the next incarnation is spared it. */
  readonly probe: boolean
  readonly line: keyof typeof discoverMillis
}

/**
 * Finds out which era the backend speaks, on the same process (MCP 2026-07-28, stdio, "Backward Compatibility"): a
 * recognised modern answer to `server/discover` means stateless, anything else means `initialize`. A backend that is
 * slow to start may answer the probe late, so the probe is still listened to while `initialize` is under way, and a
 * refusal of `initialize` is not the last word before that answer: a stateless server that finds both waiting answers
 * the one and refuses the other.
 */
export const shakeHands = Effect.fnUntraced(function* (connection: Connection, introduction: Introduction) {
  const initialized = yield* Effect.cached(initialize(connection, introduction))
  if (!introduction.probe) return yield* Effect.catchTag(initialized, "RpcError", otherEra(connection, introduction))
  const patience = discoverMillis[introduction.line]
  return yield* Effect.raceFirst(
    discover(connection, introduction).pipe(
      Effect.flatMap((peer) => (peer === undefined ? initialized : Effect.succeed(peer)))
    ),
    Effect.sleep(patience).pipe(
      Effect.andThen(initialized),
      Effect.catchTag(["RpcError", "NoCommonVersion"], (refused) =>
        Effect.sleep(patience).pipe(Effect.andThen(Effect.fail(refused)))
      )
    )
  )
})

/** It refuses `initialize`, and so has not died of it: it may be of the other era by now, which costs one question. */
const otherEra = (connection: Connection, introduction: Introduction) => (refused: RpcError) =>
  discover(connection, introduction).pipe(
    Effect.timeoutOption(discoverMillis[introduction.line]),
    Effect.matchEffect({
      // The refusal says more than whatever became of the question.
      onFailure: () => Effect.fail(refused),
      onSuccess: (peer) =>
        peer._tag === "None" || peer.value === undefined ? Effect.fail(refused) : Effect.succeed(peer.value)
    })
  )

const discover = (connection: Connection, introduction: Introduction) =>
  discoverBy(connection, introduction, statelessVersions[0]).pipe(
    Effect.catchTag("RpcError", (refused) => {
      const version = versionInstead(refused)
      return version === undefined ? Effect.fail(refused) : discoverBy(connection, introduction, version)
    }),
    Effect.map((result) => modernPeer(result, introduction.identity)),
    Effect.catchTag("RpcError", () => Effect.succeed(undefined)),
    // Some HTTP servers of the stateful era fail at a method that they do not know (status 500).
    Effect.catchTag("RpcLost", (lost) => (lost.unanswerable ? Effect.succeed(undefined) : Effect.fail(lost)))
  )

const discoverBy = (connection: Connection, introduction: Introduction, version: string) =>
  rpcRaw(connection, "server/discover", {
    _meta: {
      [metaKeys.protocolVersion]: version,
      [metaKeys.clientInfo]: introduction.identity,
      [metaKeys.clientCapabilities]: introduction.capabilities
    }
  })

/**
 * A stateless server that refuses a version names those that it speaks; the probe goes out once more with one of them,
 * be it the same (MCP 2026-07-28, basic/versioning, "Protocol Version Negotiation").
 */
const versionInstead = ({ code, data }: RpcError): string | undefined => {
  const offered = code === mcpCodes.unsupportedProtocolVersion && isJsonObject(data) ? data["supported"] : undefined
  return Array.isArray(offered) ? statelessVersions.find((known) => offered.includes(known)) : undefined
}

const modernPeer = (result: JsonObject, identity: Implementation): Peer | undefined => {
  const offered = result["supportedVersions"]
  if (!Array.isArray(offered)) return undefined
  const version = statelessVersions.find((known) => offered.includes(known))
  if (version === undefined) return undefined
  const meta = result["_meta"]
  const serverInfo = isJsonObject(meta) ? meta[metaKeys.serverInfo] : undefined
  return {
    dialect: { era: "stateless", version, identity },
    capabilities: isJsonObject(result["capabilities"]) ? result["capabilities"] : {},
    serverInfo: namedIn(serverInfo),
    instructions: instructionsIn(result)
  }
}

const initialize = Effect.fnUntraced(function* (connection: Connection, introduction: Introduction) {
  const result = yield* rpcRaw(connection, "initialize", {
    protocolVersion: statefulVersions[0],
    capabilities: introduction.capabilities,
    clientInfo: introduction.identity
  })
  const offered = result["protocolVersion"]
  const version = statefulVersions.find((known) => known === offered)
  if (version === undefined)
    return yield* new NoCommonVersion({ offered: quoted(JSON.stringify(offered) ?? "nothing") })
  connection.notify("notifications/initialized")
  const peer: Peer = {
    dialect: { era: "stateful", version, identity: introduction.identity },
    capabilities: isJsonObject(result["capabilities"]) ? result["capabilities"] : {},
    serverInfo: namedIn(result["serverInfo"]),
    instructions: instructionsIn(result)
  }
  return peer
})

/** They reach every client's model, so there is nothing in them that a person would not see. */
const instructionsIn = ({ instructions }: JsonObject): string | undefined =>
  typeof instructions === "string" ? visible(instructions) : undefined

/** What the status shows of a backend's own names: texts alone, with nothing in them that steers a terminal. */
const namedIn = (serverInfo: unknown): JsonObject => {
  const info = isJsonObject(serverInfo) ? serverInfo : {}
  const texts = ["name", "title", "version"].flatMap((key) => {
    const text = info[key]
    return typeof text === "string" ? [[key, quoted(text)] as const] : []
  })
  return Object.fromEntries(texts)
}
