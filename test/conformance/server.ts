import { createServer } from "node:http"
import { serveStdio } from "@modelcontextprotocol/server/stdio"
import { Changes } from "./server/changes.ts"
import { conformanceServer, statefulServer } from "./server/conformanceServer.ts"
import { Endpoint, listenerOf } from "./server/endpoint.ts"

// The server under test, for the suite itself and behind the gateway. With `--stdio` it serves the client on its stdin
// and stdout; else it prints `{"url":"http://127.0.0.1:<port>/mcp"}` and serves until it is ended.
const serveHttp = (): void => {
  const listener = listenerOf(new Endpoint())
  const http = createServer((request, response) => void listener(request, response))
  http.listen(0, "127.0.0.1", () => {
    const address = http.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}/mcp` })}\n`)
  })
}

const serveOneClient = (): void => {
  const changes = new Changes()
  changes.share()
  serveStdio(({ era }) => (era === "legacy" ? statefulServer(changes) : conformanceServer(changes, true)))
  // The watched file would keep the process.
  process.stdin.once("close", () => process.exit(0))
}

if (process.argv.includes("--stdio")) serveOneClient()
else serveHttp()
