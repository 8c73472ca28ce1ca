/** What the benchmark's echo servers answer to a request, on stdio and over HTTP: `"result":...` or `"error":...`. */
const tools =
  '{"tools":[{"name":"echo","description":"Answers with the text it was given",' +
  '"inputSchema":{"type":"object","properties":{"text":{"type":"string"}}}}]}'

const initialized = (version) =>
  JSON.stringify({
    protocolVersion: version,
    capabilities: { tools: {} },
    serverInfo: { name: "bench-echo", version: "1.0.0" }
  })

export const outcomeOf = ({ method, params }) => {
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
