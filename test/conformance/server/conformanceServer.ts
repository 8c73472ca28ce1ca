import { McpServer } from "@modelcontextprotocol/server"
import { registerAskingTools } from "./askingTools.ts"
import { registerChangingTools, type Changes } from "./changes.ts"
import { registerContentTools } from "./contentTools.ts"
import { registerNoticeTools } from "./noticeTools.ts"
import { registerPrompts } from "./prompts.ts"
import { registerResources } from "./resources.ts"
import { registerRoundTools, roundStates } from "./roundTools.ts"
import { registerSchemaTools } from "./schemaTools.ts"

/**
 * A server with everything that the conformance suite asks of one; its names are the suite's. One instance serves one
 * request of the stateless era over HTTP, or lasts as long as a session or a connection, and then tells of changes.
 */
export const conformanceServer = (changes: Changes, lasting: boolean): McpServer => {
  const server = new McpServer(
    { name: "conformance-server", version: "1.0.0" },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        completions: {},
        logging: {}
      },
      requestState: { verify: roundStates.verify }
    }
  )
  registerContentTools(server)
  registerNoticeTools(server)
  registerSchemaTools(server)
  registerAskingTools(server)
  registerRoundTools(server)
  const updates = [registerChangingTools(server, changes), registerPrompts(server, changes)]
  if (lasting) changes.hear(server, () => updates.forEach((update) => update()))
  registerResources(server)
  // Completion is asked for by name only; what it offers does not matter.
  server.server.setRequestHandler("completion/complete", () => ({
    completion: { values: [], total: 0, hasMore: false }
  }))
  return server
}

/** As `conformanceServer`, with what only the stateful era has: a client subscribes to a resource by a request. */
export const statefulServer = (changes: Changes): McpServer => {
  const server = conformanceServer(changes, true)
  const watched = new Set<string>()
  server.server.setRequestHandler("resources/subscribe", ({ params }) => {
    watched.add(params.uri)
    return {}
  })
  server.server.setRequestHandler("resources/unsubscribe", ({ params }) => {
    watched.delete(params.uri)
    return {}
  })
  return server
}
