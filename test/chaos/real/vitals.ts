/** What a process holds while it is under load: memory and descriptors, looked at all the time. */
import { readdirSync } from "node:fs"
import { residentMemoryOf } from "../../bench/process-cost.ts"
import { quantile } from "../../bench/statistics.ts"
import type { Findings } from "./findings.ts"

const lookMillis = 250

interface Look {
  readonly rssMiB: number
  readonly descriptors: number
}

const lookAt = (pid: number): Look => ({
  rssMiB: residentMemoryOf(pid).rssMiB,
  descriptors: readdirSync(`/proc/${pid}/fd`).length
})

export interface Watched extends Disposable {
  readonly looks: ReadonlyArray<Look>
}

export const watchVitals = (pid: number): Watched => {
  const looks: Array<Look> = []
  const timer = setInterval(() => {
    try {
      looks.push(lookAt(pid))
    } catch {
      // It has ended; whoever waits for it says so.
    }
  }, lookMillis)
  return { looks, [Symbol.dispose]: () => clearInterval(timer) }
}

/** How much more the second half may hold than the first; the young generation alone comes and goes by some MiB. */
const residentMarginMiB = 6
/** Pipes of a backend that is being replaced, and connections that were opened at the same moment. */
const descriptorMargin = 8

/** The second half of the looks holds no more than the first one did. The time to warm up is not counted. */
export const judgeFlat = (looks: ReadonlyArray<Look>, findings: Findings): void => {
  const settled = looks.slice(Math.floor(looks.length / 5))
  const middle = Math.floor(settled.length / 2)
  const [first, second] = [settled.slice(0, middle), settled.slice(middle)]
  const most = (half: ReadonlyArray<Look>, of: (look: Look) => number) => quantile(half.map(of), 0.9)
  const rss = ({ rssMiB }: Look) => rssMiB
  const fds = ({ descriptors }: Look) => descriptors
  findings.fact("resident MiB, first half", most(first, rss))
  findings.fact("descriptors, first half", most(first, fds))
  findings.atMost("resident MiB, second half", most(second, rss), most(first, rss) + residentMarginMiB)
  findings.atMost("descriptors, second half", most(second, fds), most(first, fds) + descriptorMargin)
}
