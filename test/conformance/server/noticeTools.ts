import { setTimeout as pause } from "node:timers/promises"
import type { McpServer, ServerContext } from "@modelcontextprotocol/server"
import { said } from "./media.ts"

/** Between two notices: long enough that a client that waits for the reply alone would miss them. */
const betweenNoticesMillis = 50

/** Tools that say something on the way: log messages, progress, a stream that breaks off. */
export const registerNoticeTools = (server: McpServer): void => {
  server.registerTool("test_tool_with_logging", { description: "Logs three messages while it runs" }, async (ctx) => {
    await logAll(ctx, ["Tool execution started", "Tool processing data", "Tool execution completed"])
    return said("Logged three messages.")
  })
  server.registerTool(
    "test_logging_tool",
    { description: "Logs one message, if the request allows it" },
    async (ctx) => {
      await logAll(ctx, ["One message"])
      return said("Logged one message, if the request allows it.")
    }
  )
  server.registerTool("test_tool_with_progress", { description: "Reports its progress three times" }, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken
    for (const progress of [0, 50, 100]) {
      if (progress > 0) await pause(betweenNoticesMillis)
      if (progressToken === undefined) continue
      await ctx.mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100 } })
    }
    return said("All done.")
  })
  server.registerTool("test_reconnection", { description: "Ends its stream before it answers" }, async (ctx) => {
    ctx.http?.closeSSE?.()
    await pause(betweenNoticesMillis)
    return said("Answered on a stream that was opened again.")
  })
}

const logAll = async (ctx: ServerContext, messages: ReadonlyArray<string>): Promise<void> => {
  for (const [index, message] of messages.entries()) {
    if (index > 0) await pause(betweenNoticesMillis)
    await ctx.mcpReq.log("info", message, "conformance")
  }
}
