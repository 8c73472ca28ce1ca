import { modernMeta, modernVersion } from "../fixtures/modernClient.ts"

/** What the clients of the suite can do whose calls must be answered at once. */
const clients = [{}, { elicitation: {} }]

/**
 * Makes one call for each kind of client. A process of the gateway starts at the first call of a client that needs one
 * of its own; the suite waits 0.6 s for some calls, less than Node takes to start on a busy machine.
 */
export const warm = async (url: string): Promise<void> => {
  for (const capabilities of clients) {
    const params = { name: "test_simple_text", arguments: {}, _meta: modernMeta({ capabilities }) }
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        "MCP-Protocol-Version": modernVersion,
        "Mcp-Method": "tools/call",
        "Mcp-Name": params.name
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params })
    })
    await response.text()
    if (!response.ok) throw new Error(`the gateway answers a call with HTTP status ${response.status}`)
  }
}
