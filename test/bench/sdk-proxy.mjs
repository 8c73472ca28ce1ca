/**
 * What people write with the official SDK (1.x): its low-level Server on stdio in front of its Client on a child process.
 * Usage: node sdk-proxy.mjs <command> <args...>
 */
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"
import { Server } from "@modelcontextprotocol/sdk/server/index.js"
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js"
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js"

const [command, ...args] = process.argv.slice(2)
const info = { name: "bench-sdk-proxy", version: "1.0.0" }

const client = new Client(info)
await client.connect(new StdioClientTransport({ command, args }))

const server = new Server(info, { capabilities: { tools: {} } })
server.setRequestHandler(ListToolsRequestSchema, (request) => client.listTools(request.params))
server.setRequestHandler(CallToolRequestSchema, (request) => client.callTool(request.params))
await server.connect(new StdioServerTransport())

process.stdin.on("end", async () => {
  await client.close()
  process.exit(0)
})
