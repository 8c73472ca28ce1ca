/**
 * The backend of every benchmark: a stateful-era MCP server on stdio with the one tool `echo`, as cheap as plain Node allows,
 * since its cost is part of every route.
 */
const tools =
  '{"tools":[{"name":"echo","description":"Answers with the text it was given",' +
  '"inputSchema":{"type":"object","properties":{"text":{"type":"string"}}}}]}'

const initialized = (version) =>
  JSON.stringify({
    protocolVersion: version,
    capabilities: { tools: {} },
    serverInfo: { name: "bench-echo", version: "1.0.0" }
  })

const outcome = ({ method, params }) => {
  switch (method) {
    case "tools/call":
      return params.name === "echo"
        ? `"result":{"content":[{"type":"text","text":${JSON.stringify(params.arguments.text)}}]}`
        : '"error":{"code":-32602,"message":"Unknown tool"}'
    case "tools/list":
      return `"result":${tools}`
    case "initialize":
      return `"result":${initialized(params.protocolVersion)}`
    case "ping":
      return '"result":{}'
    default:
      return '"error":{"code":-32601,"message":"Method not found"}'
  }
}

const answer = (frame) => {
  const message = JSON.parse(frame)
  if (message.id === undefined || message.method === undefined) return ""
  return `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},${outcome(message)}}\n`
}

let held = ""
process.stdin.setEncoding("utf8")
process.stdin.on("data", (chunk) => {
  let out = ""
  let from = 0
  for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", from)) {
    const frame = held === "" ? chunk.slice(from, end) : held + chunk.slice(from, end)
    held = ""
    from = end + 1
    out += answer(frame)
  }
  if (from < chunk.length) held += chunk.slice(from)
  if (out !== "") process.stdout.write(out)
})
