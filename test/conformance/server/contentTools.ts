import type { McpServer } from "@modelcontextprotocol/server"
import { redPixel, said, silence } from "./media.ts"

/** Tools without arguments that answer at once, one for each kind of content. */
export const registerContentTools = (server: McpServer): void => {
  server.registerTool("test_simple_text", { description: "Answers one line of text" }, () =>
    said("This is a simple text response for testing.")
  )
  server.registerTool("test_image_content", { description: "Answers a picture" }, () => ({
    content: [{ type: "image", data: redPixel, mimeType: "image/png" }]
  }))
  server.registerTool("test_audio_content", { description: "Answers a sound" }, () => ({
    content: [{ type: "audio", data: silence, mimeType: "audio/wav" }]
  }))
  server.registerTool("test_embedded_resource", { description: "Answers a resource" }, () => ({
    content: [
      {
        type: "resource",
        resource: {
          uri: "test://embedded-resource",
          mimeType: "text/plain",
          text: "This is an embedded resource content."
        }
      }
    ]
  }))
  server.registerTool("test_multiple_content_types", { description: "Answers text, a picture and a resource" }, () => ({
    content: [
      { type: "text", text: "Multiple content types test:" },
      { type: "image", data: redPixel, mimeType: "image/png" },
      {
        type: "resource",
        resource: {
          uri: "test://mixed-content-resource",
          mimeType: "application/json",
          text: JSON.stringify({ test: "data", value: 123 })
        }
      }
    ]
  }))
  server.registerTool("test_error_handling", { description: "Always fails" }, () => {
    throw new Error("This tool intentionally returns an error for testing")
  })
}
