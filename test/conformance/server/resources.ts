import { ResourceTemplate, type McpServer } from "@modelcontextprotocol/server"
import { redPixel } from "./media.ts"

export const registerResources = (server: McpServer): void => {
  const text = (name: string, uri: string, words: string): void => {
    server.registerResource(name, uri, { description: `The ${name}`, mimeType: "text/plain" }, () => ({
      contents: [{ uri, mimeType: "text/plain", text: words }]
    }))
  }
  text("static text", "test://static-text", "This is the content of the static text resource.")
  text("watched resource", "test://watched-resource", "Watched, but it never changes.")
  const uri = "test://static-binary"
  server.registerResource("static binary", uri, { description: "A picture", mimeType: "image/png" }, () => ({
    contents: [{ uri, mimeType: "image/png", blob: redPixel }]
  }))
  const template = new ResourceTemplate("test://template/{id}/data", { list: undefined })
  const metadata = { description: "Data by its number", mimeType: "application/json" }
  server.registerResource("template", template, metadata, (uri, { id }) => ({
    contents: [
      {
        uri: uri.href,
        mimeType: "application/json",
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` })
      }
    ]
  }))
}
