import type { ListMethod, ListTexts } from "./ListTexts.ts"
import type { ListChanges } from "./SessionPort.ts"

/** What one client last saw of the merged lists, so that it hears of a change only when there is one for it. */
export class Seen {
  readonly #entries = new Map<ListMethod, string>()

  constructor(texts: ListTexts) {
    for (const method of methods) this.#entries.set(method, texts.entries(method))
  }

  listed(method: ListMethod, texts: ListTexts): void {
    this.#entries.set(method, texts.entries(method))
  }

  /** The changes since; from now on they count as announced. `undefined`: all is as the client knows it. */
  changes(texts: ListTexts): ListChanges | undefined {
    const changed = methods.filter((method) => this.#entries.get(method) !== texts.entries(method))
    for (const method of changed) this.listed(method, texts)
    if (changed.length === 0) return undefined
    return {
      tools: changed.includes("tools/list"),
      prompts: changed.includes("prompts/list"),
      resources: changed.includes("resources/list") || changed.includes("resources/templates/list")
    }
  }
}

const methods: ReadonlyArray<ListMethod> = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"]
