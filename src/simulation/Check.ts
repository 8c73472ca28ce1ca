import type { GatewayBounds } from "../domain/BackendSpec.ts"
import type { Gateway } from "../gateway/Gateway.ts"
import type { Scenario } from "./Scenario.ts"
import type { SimulatedServer } from "./SimulatedServer.ts"
import type { Watcher, World } from "./World.ts"

/** What a check may look at. */
export interface RunView {
  readonly scenario: Scenario
  readonly world: World
  /** The gateway that runs at present; `undefined` while none does, or it is being stopped. */
  readonly gateway: () => Gateway["Service"] | undefined
  readonly servers: () => ReadonlyArray<SimulatedServer>
  /** Of the gateway as a whole. */
  readonly limits: GatewayBounds
}

/** Looks whether one promise holds, all along a run. What it finds wrong it tells `fail`, in words. */
export interface Check extends Watcher {
  /** After everything that happens at one instant. */
  readonly instant?: (at: number) => void
  /** Faults have stopped, everything had its time to heal, and no call runs. */
  readonly healed?: () => void
  /** A gateway has ended; another one may follow. */
  readonly ended?: () => void
  /** The gateway has been stopped, and none follows. */
  readonly stopped?: () => void
}

/** A promise by its number (`npm run invariants`). */
export interface Named {
  readonly invariant: number
  readonly name: string
}

/** A promise, and who looks after it. */
export interface Promised extends Named {
  readonly check: (run: RunView, fail: (message: string) => void) => Check
}

/** A promise that did not hold. */
export interface Violation extends Named {
  readonly at: number
  readonly message: string
}
