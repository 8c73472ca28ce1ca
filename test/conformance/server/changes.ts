import { readFileSync, watch, writeFileSync } from "node:fs"
import type { McpServer, ServerNotifier } from "@modelcontextprotocol/server"
import { said } from "./media.ts"

/**
 * Where the processes of one stdio backend share what has changed. A gateway may have several of them, one for each
 * client; like servers before one database, a change made through one is a change of all.
 */
export const changesVariable = "CONFORMANCE_CHANGES"

interface Counts {
  readonly tools: number
  readonly prompts: number
}

/** What changes while the server runs: a description counts it, so that a listing before and after differ. */
export class Changes {
  /** Tells the listeners of the stateless era, where no server lives longer than a request. */
  notifier: ServerNotifier | undefined
  readonly #file = process.env[changesVariable]
  readonly #hearers = new Map<McpServer, () => void>()
  #counts: Counts = { tools: 0, prompts: 0 }

  get counts(): Counts {
    return this.#counts
  }

  change(kind: keyof Counts): void {
    this.#become({ ...this.#counts, [kind]: this.#counts[kind] + 1 })
    if (this.#file !== undefined) writeFileSync(this.#file, JSON.stringify(this.#counts))
  }

  /** Calls `hearer` at each change, as long as the server that it belongs to has a client. */
  hear(server: McpServer, hearer: () => void): void {
    this.#hearers.set(server, hearer)
  }

  /** Takes over what other processes change. */
  share(): void {
    if (this.#file === undefined) return
    const file = this.#file
    watch(file, () => {
      const text = readFileSync(file, "utf8")
      // A file that is being written is empty for a moment.
      if (text !== "") this.#become(JSON.parse(text))
    })
  }

  #become(counts: Counts): void {
    const { prompts, tools } = this.#counts
    this.#counts = counts
    if (counts.tools !== tools) this.notifier?.toolsChanged()
    if (counts.prompts !== prompts) this.notifier?.promptsChanged()
    for (const [server, hearer] of this.#hearers) {
      if (server.isConnected()) hearer()
      else this.#hearers.delete(server)
    }
  }
}

const toolWords = ({ tools }: Counts) => `Changes the list of tools (changed ${tools} times)`
export const promptWords = ({ prompts }: Counts) => `A prompt without arguments (changed ${prompts} times)`

/** The tools that cause a change; the SDK announces it to the client when a description changes. */
export const registerChangingTools = (server: McpServer, changes: Changes): (() => void) => {
  const described = { description: toolWords(changes.counts) }
  const tool = server.registerTool("test_trigger_tool_change", described, () => {
    changes.change("tools")
    return said("The list of tools has changed.")
  })
  server.registerTool("test_trigger_prompt_change", { description: "Changes the list of prompts" }, () => {
    changes.change("prompts")
    return said("The list of prompts has changed.")
  })
  return () => {
    const description = toolWords(changes.counts)
    if (description !== tool.description) tool.update({ description })
  }
}
