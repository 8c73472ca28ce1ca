import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { startHttpGateway, type RunningHttpGateway } from "../fixtures/httpGateway.ts"
import { allBackends, allUp, nameOf, type Backends } from "./combinations.ts"

const inspector = fileURLToPath(new URL("../../node_modules/.bin/mcp-inspector", import.meta.url))
const run = promisify(execFile)
const info = { name: "a-real-client", version: "1.0.0" }
const ada = { action: "accept", content: { name: "Ada" } } as const

describe("real clients through /mcp", () => {
  let backends: Backends
  let serve: RunningHttpGateway
  beforeAll(async () => {
    backends = await allBackends()
    serve = await startHttpGateway({ backends: backends.tables })
    await allUp(serve.url)
  })
  afterAll(async () => {
    await serve.stop()
    await backends[Symbol.asyncDispose]()
  })

  const echo = `${nameOf("modern", "http", "shared")}__echo`

  describe("the official SDK, version 1", () => {
    const connected = async () => {
      const client = new Client(info, { capabilities: { elicitation: {} } })
      client.setRequestHandler(ElicitRequestSchema, () => ada)
      await client.connect(new StreamableHTTPClientTransport(new URL(serve.url)) as never)
      return client
    }

    it("lists and calls", async () => {
      const client = await connected()
      const { tools } = await client.listTools()
      assert.include(
        tools.map(({ name }) => name),
        echo
      )
      const { content } = await client.callTool({ name: echo, arguments: { text: "v1" } })
      assert.deepStrictEqual(content, [{ type: "text", text: "v1" }])
      await client.close()
    })

    it("is asked by a modern server", async () => {
      const client = await connected()
      const name = `${nameOf("modern", "http", "shared")}__ask-elicitation`
      const result = await client.callTool({ name, arguments: {} })
      assert.include(JSON.stringify(result), "Ada")
      await client.close()
    })
  })

  describe("the official SDK, version 2", () => {
    const connected = async () => {
      const client = new ModernClient(info, {
        capabilities: { elicitation: { form: {} } },
        versionNegotiation: { mode: { pin: "2026-07-28" } }
      })
      client.setRequestHandler("elicitation/create", () => ada)
      await client.connect(new ModernTransport(new URL(serve.url)))
      return client
    }

    it("lists and calls", async () => {
      const client = await connected()
      const { tools } = await client.listTools()
      assert.include(
        tools.map(({ name }) => name),
        echo
      )
      const { content } = await client.callTool({ name: echo, arguments: { text: "v2" } })
      assert.deepStrictEqual(content, [{ type: "text", text: "v2" }])
      await client.close()
    })

    it("is asked by a legacy server", async () => {
      const client = await connected()
      const name = `${nameOf("legacy", "http", "session")}__ask-elicitation`
      const result = await client.callTool({ name, arguments: {} })
      assert.include(JSON.stringify(result), "Ada")
      await client.close()
    })
  })

  describe("the Inspector's command line", () => {
    const inspect = async (...args: ReadonlyArray<string>) => {
      const { stdout } = await run(inspector, ["--cli", serve.url, "--transport", "http", ...args])
      return stdout
    }

    it("lists", async () => {
      assert.include(await inspect("--method", "tools/list"), echo)
    }, 30_000)

    it("calls", async () => {
      const stdout = await inspect("--method", "tools/call", "--tool-name", echo, "--tool-arg", "text=inspected")
      assert.include(stdout, "inspected")
    }, 30_000)
  })
})
