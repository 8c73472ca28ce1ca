import { Worker } from "node:worker_threads"
import type { Hunt, Told } from "./hunter.ts"
import { tryWords, type Try } from "./tries.ts"

/** How long one try may take, milliseconds: the longest that a sound build makes takes about one second. */
export const tryMillis = 30_000

/** A mutant that runs wild takes its hunter with it, not the test. */
const heapMegabytes = 1_024

/** A build that ran for ever, or broke its hunter. */
export interface Lost {
  readonly _tag: "Lost"
  readonly tried: Try
  readonly how: string
}

export type Answer = Extract<Told, { readonly _tag: "Over" }> | Lost

/** A worker that hunts, and another one when that is lost. */
export class Hunter {
  #worker: Worker | undefined

  async ask(hunt: Hunt): Promise<Answer> {
    this.#worker ??= new Worker(new URL("hunter.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes }
    })
    const answer = await answerOf(this.#worker, hunt)
    if (answer._tag === "Lost") await this.end()
    return answer
  }

  async end(): Promise<void> {
    await this.#worker?.terminate()
    this.#worker = undefined
  }
}

const answerOf = (worker: Worker, hunt: Hunt): Promise<Answer> =>
  new Promise((resolve) => {
    let tried: Try = { by: "simulation", seed: 0 }
    const lost = (how: string) => over({ _tag: "Lost", tried, how })
    const patience = setTimeout(() => lost(`${tryWords(tried)} did not end within ${tryMillis / 1_000} s`), tryMillis)
    const hear = (told: Told) => {
      patience.refresh()
      if (told._tag === "Over") return over(told)
      tried = told.tried
    }
    const broke = (error: Error) => lost(`everything broke: ${error.message}`)
    const over = (answer: Answer) => {
      clearTimeout(patience)
      worker.off("message", hear)
      worker.off("error", broke)
      resolve(answer)
    }
    worker.on("message", hear)
    worker.on("error", broke)
    worker.postMessage(hunt, [])
  })
