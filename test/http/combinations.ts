import { type JsonObject } from "../../src/domain/Json.ts"
import { legacyBackend, modernBackend, type BackendTable } from "../fixtures/gateway.ts"
import { resultOf } from "../fixtures/envelope.ts"
import { startHttpBackend, type HttpBackend } from "../fixtures/httpBackend.ts"
import { HttpClient } from "../fixtures/httpClient.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { eras, missingIn, type Spoken } from "../gateway/eras.ts"

/** How the backend of a name is reached: `legacy-http-session` and so on. */
export const lines = ["stdio", "http"] as const
export const isolations = ["shared", "session"] as const

export interface Backends extends AsyncDisposable {
  readonly tables: ReadonlyArray<BackendTable>
}

/** The name of one of `allBackends`. */
export const nameOf = (era: Spoken, line: (typeof lines)[number], isolation: (typeof isolations)[number]): string =>
  `${era}-${line}-${isolation}`

/** A backend for each era, line and isolation; the servers behind HTTP are started here, and end with it. */
export const allBackends = async (more: JsonObject = {}): Promise<Backends> => {
  const servers: Array<HttpBackend> = []
  const tables: Array<BackendTable> = []
  for (const era of eras) {
    const server = await startHttpBackend(era, ["--name", `${era}-http`])
    servers.push(server)
    for (const isolation of isolations) {
      const stdio = era === "legacy" ? legacyBackend : modernBackend
      tables.push(stdio(nameOf(era, "stdio", isolation), [], { isolation, ...more }))
      tables.push({ name: nameOf(era, "http", isolation), type: "http", url: server.url, isolation, ...more })
    }
  }
  const dispose = async () => {
    for (const server of servers) await server.kill()
  }
  return { tables, [Symbol.asyncDispose]: dispose }
}

/** Resolves once every backend of that gateway is listed. */
export const allUp = async (url: string): Promise<void> => {
  await using client = await connectAs(url, "legacy")
  for (;;) {
    const changed = client.next()
    if (missingIn(resultOf(await client.request("tools/list"))).length === 0) return
    await changed
  }
}

/** A client of this era at that URL; a legacy one has opened its session and its stream. */
export const connectAs = async (url: string, era: Spoken, capabilities: JsonObject = {}): Promise<HttpClient> => {
  const client = new HttpClient(url)
  if (era === "legacy") {
    await legacyOpen(client, { capabilities })
    await client.stand()
  }
  return client
}
