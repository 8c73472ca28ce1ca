import type { Era } from "../domain/Era.ts"
import { chanceOf } from "./Chance.ts"
import { FaultState } from "./FaultState.ts"
import { notificationMessage } from "./Message.ts"
import type { BackendPlan, Fault } from "./Scenario.ts"
import { watchedUri } from "./Answers.ts"
import { elicitation } from "./ServerQuestions.ts"
import type { Attendant } from "./ServerLine.ts"
import type { VirtualTime } from "./VirtualTime.ts"
import type { World } from "./World.ts"

/** Ids of requests that have their replies, which a server remembers to answer them once more. */
const rememberedIds = 100

/** Characters more than the gateway takes in one frame. */
const tooMany = 10

/** One simulated MCP server: what it offers, how long it takes, what is wrong with it. Its processes come and go. */
export class SimulatedServer {
  readonly plan: BackendPlan
  readonly time: VirtualTime
  readonly world: World
  readonly faults = new FaultState()
  era: Era
  tools: ReadonlyArray<string>
  /** When it runs again, if it is reached over HTTP and its process is stopped. */
  stoppedUntil = 0
  /** It had news for the gateway and no way to tell them: what the gateway knows of it may be of before. */
  hasUntold = false
  readonly sessions = new Set<Attendant>()
  readonly #seed: number
  readonly #ids: Array<string> = []
  #isHealed = false

  constructor(plan: BackendPlan, seed: number, time: VirtualTime, world: World) {
    this.plan = plan
    this.era = plan.era
    this.tools = plan.tools
    this.time = time
    this.world = world
    this.#seed = seed
  }

  get name(): string {
    return this.plan.spec.name
  }

  /** Whether it is one process for everybody, reached over HTTP; else each session has its own. */
  get isSite(): boolean {
    return this.plan.spec.launch.type === "http"
  }

  /** A text of more than the gateway takes in one frame. */
  get oversizeText(): string {
    return JSON.stringify("x".repeat(this.plan.spec.bounds.frameBytes + tooMany))
  }

  /** Characters that fill a reply of this length up to that share of the largest frame. */
  padFor(share: number, length: number): number {
    // The member that holds them takes some as well.
    return Math.max(0, Math.floor(this.plan.spec.bounds.frameBytes * share) - length - 32)
  }

  /** How long it works on a call: for each its own time, whatever else happens. To be slow is a fault as well. */
  workMillis(canary: string): number {
    return this.#isHealed ? 1 : this.plan.latencyMillis * (0.5 + chanceOf(`${this.#seed} works on ${canary}`))
  }

  /** Whether it does a call to its end although that was cancelled, and answers. */
  ignoresCancel(canary: string): boolean {
    return chanceOf(`${this.#seed} goes on with ${canary}`) < 0.3
  }

  /** A request has its reply, or never gets one. */
  remember(id: string): void {
    this.#ids.push(id)
    if (this.#ids.length > rememberedIds) this.#ids.shift()
  }

  apply(fault: Fault): void {
    this.world.saw({ _tag: "Fault", backend: this.name, what: JSON.stringify(fault) })
    switch (fault._tag) {
      case "Crash":
        return this.#each(({ line }) => line.die("killed by SIGKILL"))
      case "CrashOnCall":
        return this.faults.crashOnCall()
      case "Stop":
        return this.#stop(fault.millis)
      case "CloseOutput":
        return this.#each(({ line }) => {
          line.mute()
          if (fault.millis !== undefined) this.time.after(fault.millis, () => line.die("exited with code 0"))
        })
      case "CrashInStart":
        return this.faults.crashInStart(fault)
      case "Requests":
        return this.#each(({ line, questions }) => {
          if (!line.isHeard()) return
          const question = "question 0 of nobody"
          for (let index = 0; index < fault.count; index++) {
            questions.ask(fault.method, elicitation(question), question, () => undefined)
          }
        })
      case "Mute":
        return this.faults.mute(fault.calls)
      case "Garbage":
        return this.#each(({ line }) => {
          for (let index = 0; index < fault.lines; index++) line.deliver(`banner ${index}`, undefined)
        })
      case "Stray":
        return this.#stray(fault.back)
      case "Flood":
        return this.#each(({ line }) => {
          const params = { level: "info", data: "flood" }
          for (let index = 0; index < fault.frames; index++) {
            line.deliver(notificationMessage("notifications/message", params), undefined)
          }
        })
      case "Error":
        return this.faults.fail(fault.code, fault.calls)
      case "Starts":
        return this.faults.badStarts(fault.how, fault.times)
      case "OtherEra":
        this.era = this.era === "stateful" ? "stateless" : "stateful"
        return
      case "Tools":
        return this.#offer(fault.count)
      case "Update":
        return this.updated()
      case "SlowStop":
        return this.faults.slowStop(fault.millis)
      default:
        return this.faults.badReply(fault)
    }
  }

  /** Tells who watches its resource that it has changed. */
  updated(): void {
    this.#each((session) => session.updated(watchedUri(this.name)))
  }

  /** Nobody remembers its requests: a new gateway counts anew. */
  forget(): void {
    this.#ids.length = 0
  }

  /** All faults stop: what runs goes on as it should, and so does what is started from now on. */
  heal(): void {
    this.#isHealed = true
    this.faults.clear()
    this.stoppedUntil = 0
    this.#each((session) => session.wake())
  }

  #each(act: (session: Attendant) => void): void {
    for (const session of [...this.sessions]) act(session)
  }

  #stop(millis: number): void {
    const until = this.time.now + millis
    if (this.isSite) this.stoppedUntil = Math.max(this.stoppedUntil, until)
    this.#each((session) => session.stop(until))
    this.time.after(millis, () => {
      this.#each((session) => {
        if (!session.isStopped) session.goOn()
      })
    })
  }

  #stray(back: number): void {
    const id = this.#ids.at(-1 - back) ?? "sg:99:99"
    const result = { resultType: "complete", content: [{ type: "text", text: "stray" }] }
    this.#each((session) => {
      // The true reply to what it is asked just now would not be stray: a new gateway begins its ids anew. One that is
      // stopped says nothing.
      if (!session.isStopped && !session.owes(id))
        session.line.deliver(JSON.stringify({ jsonrpc: "2.0", id, result }), undefined)
    })
  }

  #offer(count: number): void {
    this.tools = [...this.plan.tools, ...Array.from({ length: count }, (_, index) => `extra${index}`)]
    this.#each((session) => session.toolsChanged())
  }
}
