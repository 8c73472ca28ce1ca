import { assert } from "@effect/vitest"
import type { JsonObject } from "../../src/domain/Json.ts"
import type { StdioClient } from "../fixtures/client.ts"
import { isReply, textOf } from "../fixtures/envelope.ts"
import { callTool } from "../fixtures/legacyClient.ts"

/** The gateway goes on serving: a call through `one` comes back. All that it had to say before is then there. */
export const stillServes = async (client: StdioClient): Promise<void> => {
  assert.strictEqual(textOf(await callTool(client, "one__echo", { text: "still here" })), "still here")
}

/** Writes bytes as they are; the replies they get, all of them, by the time that a later call is answered. */
export const repliesTo = async (
  client: StdioClient,
  bytes: string | Uint8Array
): Promise<ReadonlyArray<JsonObject>> => {
  const from = client.messages.length
  client.sendRaw(bytes)
  await stillServes(client)
  return client.messages.slice(from).filter(isReply).slice(0, -1)
}

/** What of an error matters to a client that sent nonsense: the code, and whose request it was. */
export const codeAndId = ({ error, id }: JsonObject): ReadonlyArray<unknown> => [
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined,
  id
]
