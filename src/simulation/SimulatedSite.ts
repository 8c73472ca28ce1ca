import type { SimulatedServer } from "./SimulatedServer.ts"
import type { SiteExchange } from "./SiteExchange.ts"
import type { SiteFault } from "./SiteFault.ts"
import { SiteFaults } from "./SiteFault.ts"
import { usualStyle } from "./SiteKinds.ts"
import type { SiteStyle } from "./SiteKinds.ts"

/** Somebody who has connections to a site. */
export interface SiteGuest {
  /** The process is gone, with all that it knew and all connections to it. */
  readonly crashed: () => void
  readonly cutAll: () => void
  /** The session is forgotten. */
  readonly forget: () => void
  readonly mute: () => void
  readonly oddEvents: () => void
}

/** How often a site that is stopped looks whether it runs again, milliseconds. */
const lookMillis = 50

/** Where a simulated server is reached over HTTP: its process, what stands before it, and what goes wrong there. */
export class SimulatedSite {
  readonly server: SimulatedServer
  readonly style: SiteStyle
  readonly faults = new SiteFaults()
  readonly guests = new Set<SiteGuest>()
  #incarnation = 1
  /** When its process runs again. */
  #upAt = 0
  #refusesUntil = 0
  #silentUntil = 0
  #names = 0
  #logs = 0
  #waiting: Array<() => void> = []
  /** Requests that were taken and never will be answered. */
  #lost: ReadonlyArray<SiteExchange> = []

  constructor(server: SimulatedServer, style: SiteStyle = usualStyle) {
    this.server = server
    this.style = style
  }

  /** The number of its process. */
  get incarnation(): number {
    return this.#incarnation
  }

  get isUp(): boolean {
    return this.server.time.now >= this.#upAt
  }

  /** How somebody fares who connects. */
  admits(): "open" | "refused" | "silent" {
    const { now } = this.server.time
    if (now < this.#silentUntil) return "silent"
    return !this.isUp || now < this.#refusesUntil ? "refused" : "open"
  }

  /** Whether somebody still waits for what never comes. */
  get hasLost(): boolean {
    return this.#lost.some(({ isOpen }) => isOpen)
  }
  loses(exchange: SiteExchange): void {
    this.#lost = [...this.#lost.filter(({ isOpen }) => isOpen), exchange]
  }

  /** A name for a session, and a number for a stream: never given twice. */
  nextName(): string {
    return `${this.server.name}-${++this.#names}`
  }
  nextLog(): number {
    return ++this.#logs
  }

  /** Does something at once, or as soon as the process goes on if it is stopped. */
  whenRunning(act: () => void): void {
    const isWaiting = this.#waiting.length > 0
    if (!isWaiting && !this.#isStopped) return act()
    this.#waiting.push(act)
    if (!isWaiting) this.#look()
  }

  /** The process is gone; another one takes its place after a while. */
  crash(how: string): void {
    if (!this.isUp) return
    const { name, time, world } = this.server
    world.saw({ _tag: "Fault", backend: name, what: `its process ${how}` })
    this.#incarnation++
    // Without a name of its session the gateway can't know that its process is another one.
    if (!this.style.names) this.server.hasUntold = true
    this.#upAt = time.now + this.style.restartMillis
    this.#each((guest) => guest.crashed())
  }

  apply(fault: SiteFault): void {
    const { name, time, world } = this.server
    world.saw({ _tag: "Fault", backend: name, what: JSON.stringify(fault) })
    switch (fault._tag) {
      case "Refuse":
        this.#refusesUntil = time.now + fault.millis
        return
      case "Unroutable":
        this.#silentUntil = time.now + fault.millis
        return
      case "CutAll":
        return this.#each((guest) => guest.cutAll())
      case "Forget":
        return this.#each((guest) => guest.forget())
      case "EndStreams":
        return this.#each((guest) => guest.mute())
      case "OddEvents":
        return this.#each((guest) => guest.oddEvents())
      case "Status":
      case "Unauthorized":
      case "Hang":
        return this.faults.badRequests(fault)
      case "Cut":
      case "StatusInstead":
      case "Type":
        return this.faults.badAnswer(fault)
    }
  }

  /** Nothing is wrong on the way any more. For its own faults there is `SimulatedServer.heal`, to be called before. */
  heal(): void {
    this.faults.clear()
    this.#upAt = 0
    this.#refusesUntil = 0
    this.#silentUntil = 0
  }

  get #isStopped(): boolean {
    return this.server.time.now < this.server.stoppedUntil
  }

  #look(): void {
    const { stoppedUntil, time } = this.server
    time.after(Math.min(lookMillis, stoppedUntil - time.now), () => {
      if (this.#isStopped) this.#look()
      else this.#goOn()
    })
  }

  #goOn(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const act of waiting) act()
  }

  #each(act: (guest: SiteGuest) => void): void {
    for (const guest of [...this.guests]) act(guest)
  }
}
