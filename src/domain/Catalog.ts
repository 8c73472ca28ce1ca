import type { JsonObject } from "./Json.ts"

/** One thing a backend offers, exactly as it described it. */
export interface Offer {
  /** The backend's own name: tool name, prompt name, resource URI or URI template. */
  readonly name: string
  readonly definition: JsonObject
}

/** Something offered that is not passed on, and why. */
export interface RejectedOffer {
  readonly kind: "tool" | "prompt" | "resource" | "template"
  readonly name: string
  readonly reason: string
}

/** All that a backend offers, as last listed. Deterministic: the backend's own order. */
export interface Catalog {
  readonly tools: ReadonlyArray<Offer>
  readonly prompts: ReadonlyArray<Offer>
  readonly resources: ReadonlyArray<Offer>
  readonly templates: ReadonlyArray<Offer>
  readonly rejected: ReadonlyArray<RejectedOffer>
  /** What the backend declared it can do (`completions`, `logging`, `resources.subscribe`, ...). */
  readonly capabilities: JsonObject
  readonly instructions: string | undefined
}

export const emptyCatalog: Catalog = {
  tools: [],
  prompts: [],
  resources: [],
  templates: [],
  rejected: [],
  capabilities: {},
  instructions: undefined
}
