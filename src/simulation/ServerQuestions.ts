import type { JsonObject } from "../domain/Json.ts"
import { chanceOf } from "./Chance.ts"
import { objectIn, textIn } from "./Message.ts"
import type { ServerLine } from "./ServerLine.ts"
import type { BackendPlan } from "./Scenario.ts"
import type { World } from "./World.ts"

/** Some servers ask although the client has not declared that it can be asked. */
const rudeShare = 0.3

/** Some ask a second time, when they have their answer. */
const secondShare = 0.2

/** How often the server wants to know something before it ends a call of `askingTool`. */
export const roundsFor = (canary: string, canBeAsked: boolean): number => {
  if (!canBeAsked && chanceOf(`rude about ${canary}`) >= rudeShare) return 0
  return chanceOf(`twice about ${canary}`) < secondShare ? 2 : 1
}

/** The question of a round. It names its call, but not so that it could be taken for it. */
export const questionOf = (canary: string, round: number): string =>
  `question ${round} of ${canary.replace("canary", "query")}`

/** The parameters of an elicitation with this question. */
export const elicitation = (question: string): JsonObject => ({
  message: question,
  requestedSchema: { type: "object", properties: { answer: { type: "string" } } }
})

/** What is wrong with an answer, in words: it answers another question. A refusal is right, whatever it is. */
export const faultIn = (answer: JsonObject, question: string): string | undefined => {
  if (textIn(answer, "action") !== "accept") return undefined
  const given = textIn(objectIn(answer, "content"), "answer")
  return given === `answer to ${question}` ? undefined : `"${given}" does not answer "${question}"`
}

interface Asked {
  readonly question: string
  readonly done: () => void
}

/** Whose questions they are. */
interface Asker {
  readonly plan: BackendPlan
  readonly world: World
}

/** The questions that one process has put to the gateway, and to clients through it. Each has to get one reply. */
export class ServerQuestions {
  readonly #server: Asker
  readonly #line: ServerLine
  readonly #open = new Map<string, Asked>()
  #count = 0

  constructor(server: Asker, line: ServerLine) {
    this.#server = server
    this.#line = line
  }

  /** Those without a reply. */
  get open(): ReadonlyArray<string> {
    return [...this.#open].map(([id, { question }]) => `${id} ${question}`)
  }

  /** Asks for something. `question`: what an elicitation wants to know. */
  ask(method: string, params: JsonObject, question: string, done: () => void): void {
    const id = `ask-${++this.#count}`
    this.#open.set(id, { question, done })
    this.#line.deliver(JSON.stringify({ jsonrpc: "2.0", id, method, params }), undefined)
  }

  /** A server that names no sessions takes replies to questions of an earlier one for its own. */
  get #strayFault(): string | undefined {
    return this.#server.plan.style?.names === false ? undefined : "it answers nothing that is open"
  }

  /** A reply came. */
  replied(message: JsonObject): void {
    const id = textIn(message, "id")
    const asked = this.#open.get(id)
    this.#open.delete(id)
    const fault = asked === undefined ? this.#strayFault : faultIn(objectIn(message, "result"), asked.question)
    this.#server.world.saw({ _tag: "Heard", line: this.#line.record, text: JSON.stringify(message), fault })
    asked?.done()
  }
}
