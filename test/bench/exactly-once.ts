/** 1,000 calls in flight at once over all echo tools that a target lists: is each answered once, and with its own text? */
import { setTimeout as sleep } from "node:timers/promises"
import { handshake } from "./handshake.ts"
import { parseFrame } from "./client.ts"
import type { Target } from "./targets.ts"
import type { Workshop } from "./workshop.ts"

const calls = 1_000

/** How long answers are waited for, and then how long for duplicates of them. */
export interface Patience {
  readonly answerMillis: number
  readonly duplicateMillis: number
}

const defaultPatience: Patience = { answerMillis: 20_000, duplicateMillis: 500 }

export interface Answers {
  readonly tools: number
  readonly calls: number
  readonly answeredOnce: number
  readonly missing: ReadonlyArray<number>
  readonly duplicates: ReadonlyArray<number>
  /** Answered with an error, or with another call's text. */
  readonly wrong: ReadonlyArray<string>
  readonly millis: number
}

export const countAnswers = async (
  target: Target,
  backends: number,
  workshop: Workshop,
  patience = defaultPatience
): Promise<Answers> => {
  const client = await target.start(workshop.freshStateDir())
  try {
    const { echoTools } = await handshake(client, performance.now(), backends)
    const missing = new Set<number>()
    const wrong: Array<string> = []
    const { promise: allAnswered, resolve } = Promise.withResolvers<void>()
    const startedAt = performance.now()
    for (let call = 0; call < calls; call++) {
      const text = `call ${call} of its own`
      const request = client.prepare("tools/call", { name: echoTools[call % echoTools.length], arguments: { text } })
      const id = client.post(request, (frame) => {
        missing.delete(id)
        if (!JSON.stringify(parseFrame(frame)).includes(`"text":"${text}"`)) wrong.push(frame.slice(0, 300))
        if (missing.size === 0) resolve()
      })
      missing.add(id)
    }
    await client.guard(Promise.race([allAnswered, sleep(patience.answerMillis, undefined, { ref: false })]))
    const millis = performance.now() - startedAt
    await sleep(patience.duplicateMillis)
    return {
      tools: echoTools.length,
      calls,
      answeredOnce: calls - missing.size - new Set(client.strayIds).size - wrong.length,
      missing: [...missing],
      duplicates: [...client.strayIds],
      wrong,
      millis
    }
  } finally {
    await client.close()
  }
}

export const answersText = (answers: Answers): string =>
  [
    `${answers.calls} calls in flight over ${answers.tools} tools: ${answers.answeredOnce} answered once and right, ` +
      `${answers.missing.length} missing, ${answers.duplicates.length} duplicates, ${answers.wrong.length} wrong, ` +
      `in ${answers.millis.toFixed(0)} ms`,
    ...(answers.missing.length > 0 ? [`missing ids: ${answers.missing.join(" ")}`] : []),
    ...(answers.duplicates.length > 0 ? [`duplicate ids: ${answers.duplicates.join(" ")}`] : []),
    ...answers.wrong.slice(0, 5).map((frame) => `wrong: ${frame}`)
  ].join("\n")
