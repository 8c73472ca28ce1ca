import { once } from "node:events"
import { chmodSync, mkdirSync, readFileSync } from "node:fs"
import { connect, createServer, type Server, type Socket } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type JsonObject } from "../../src/domain/Json.ts"
import { attachProtocol } from "../../src/edge/AttachHello.ts"
import { Place } from "../cli/sentinel.ts"
import { StdioClient } from "../fixtures/client.ts"
import { parseObject, textOf } from "../fixtures/envelope.ts"
import { type BackendTable } from "../fixtures/gateway.ts"
import { callTool, legacyOpen } from "../fixtures/legacyClient.ts"
import { LineSplitter } from "../fixtures/lines.ts"
import { modernMeta } from "../fixtures/modernClient.ts"
import { allListed } from "../gateway/eras.ts"

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))

/** One state directory with a gateway that serves it, and the `sentinel stdio` processes beside it. */
export class AttachPlace implements AsyncDisposable {
  readonly place = new Place()
  readonly config: string
  readonly #processes: Array<StdioClient> = []

  /** `gateway`: keys of the section `[gateway]`. */
  constructor(backends: ReadonlyArray<BackendTable>, gateway = "") {
    mkdirSync(this.place.stateDir, { mode: 0o700 })
    this.config = this.place.config(backends, `[gateway]\n${gateway}`)
  }

  get socket(): string {
    return join(this.place.stateDir, "gateway.sock")
  }

  /** The text of the configuration. */
  get text(): string {
    return readFileSync(this.config, "utf8")
  }

  /** Starts a gateway that serves; resolves when it listens, or has said why none can attach. */
  async serve(): Promise<StdioClient> {
    const server = this.start(["serve", "--listen", "127.0.0.1:0", "--json", "--config", this.config])
    await server.until(() => /attaches at|can attach here/.test(server.stderr), "the gateway that serves")
    return server
  }

  /** Starts a `sentinel stdio`, as a window of a client does. */
  window(config = this.config): StdioClient {
    return this.start(["stdio", "--config", config])
  }

  /** A window with an open session, that can call tools. */
  async open(capabilities: JsonObject = {}, config = this.config): Promise<StdioClient> {
    const client = this.window(config)
    await legacyOpen(client, { capabilities })
    await allListed(client)
    return client
  }

  /** Opens a stream that hears of every list; resolves when it is acknowledged. */
  async listen(client: StdioClient, id: string, uris: ReadonlyArray<string> = []): Promise<void> {
    const notifications = { toolsListChanged: true, resourceSubscriptions: uris }
    client.send({ jsonrpc: "2.0", id, method: "subscriptions/listen", params: { _meta: modernMeta(), notifications } })
    await client.waitFor(({ method }) => method === "notifications/subscriptions/acknowledged", "the acknowledgement")
  }

  /** Resolves when the gateway takes one more client. */
  async untilRoom(): Promise<void> {
    for (;;) {
      const { line, socket } = await firstLine(this.socket)
      socket.destroy()
      if (!line.includes("refused")) return
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) process.signal("SIGTERM")
    await Promise.all(this.#processes.map((process) => process.close()))
  }

  /** Starts a command of `sentinel`. */
  start(args: ReadonlyArray<string>): StdioClient {
    const client = new StdioClient({
      command: process.execPath,
      args: [main, ...args, "--log-level", "info"],
      env: this.place.environment,
      cwd: this.place.directory
    })
    this.#processes.push(client)
    return client
  }
}

/** The process of the backend `one`. */
export const backendPid = async (client: StdioClient): Promise<number> =>
  Number(textOf(await callTool(client, "one__pid")))

/** Connects to a socket by hand; resolves with the first line that comes. */
export const firstLine = async (file: string): Promise<{ readonly socket: Socket; readonly line: string }> => {
  const socket = connect(file)
  const [chunk] = await once(socket, "data")
  return { socket, line: String(chunk).split("\n")[0] ?? "" }
}

export interface FakeOptions {
  readonly protocol?: number
  /** Accepts and never says anything. */
  readonly silent?: boolean
}

/** What listens at the socket, in the hands of the test: it sees every line and says what it is told to. */
export class FakeServer implements AsyncDisposable {
  readonly lines: Array<string> = []
  readonly #server: Server
  #socket: Socket | undefined
  #heard = Promise.withResolvers<void>()

  private constructor(hello: JsonObject | undefined) {
    this.#server = createServer((socket) => {
      const splitter = new LineSplitter()
      this.#socket = socket
      socket.on("error", () => undefined)
      socket.on("data", (chunk) => {
        this.lines.push(...splitter.push(chunk))
        this.#heard.resolve()
        this.#heard = Promise.withResolvers()
      })
      if (hello !== undefined) socket.write(`${JSON.stringify(hello)}\n`)
    })
  }

  static async at(
    place: AttachPlace,
    { protocol = attachProtocol, silent = false }: FakeOptions = {}
  ): Promise<FakeServer> {
    const hello = { "sentinel-gateway": "attach", protocol, version: "0", config: place.config, pid: 123 }
    const fake = new FakeServer(silent ? undefined : hello)
    fake.#server.listen(place.socket)
    await once(fake.#server, "listening")
    chmodSync(place.socket, 0o600)
    return fake
  }

  get messages(): ReadonlyArray<JsonObject> {
    return this.lines.map((line) => parseObject(line) ?? {})
  }

  /** Resolves with the first message that fits. */
  async heard(fits: (message: JsonObject) => boolean): Promise<JsonObject> {
    for (;;) {
      const found = this.messages.find(fits)
      if (found !== undefined) return found
      await this.#heard.promise
    }
  }

  /** Resolves with the id of a request of this method; answers it, if there is an answer. */
  async asked(method: string, result?: JsonObject): Promise<unknown> {
    const { id } = await this.heard((message) => message["method"] === method)
    if (result !== undefined) this.say({ jsonrpc: "2.0", id: id ?? null, result })
    return id
  }

  /** Bytes that wait because nobody reads them. */
  get backlog(): number {
    return this.#socket?.writableLength ?? 0
  }

  say(message: JsonObject): void {
    this.write(`${JSON.stringify(message)}\n`)
  }

  write(text: string): void {
    this.#socket?.write(text)
  }

  /** Reads no more, as a process that is stopped. */
  hang(): void {
    this.#socket?.pause()
  }

  /** Ends as a process that is killed: after everything written has left, without a word. */
  die(): void {
    this.#socket?.destroySoon()
    this.#server.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy()
    this.#server.close()
  }
}
