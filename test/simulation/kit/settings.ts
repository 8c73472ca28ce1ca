import { backendDefaults } from "../../../src/domain/BackendSpec.ts"
import type { CircuitSettings, RestartSettings } from "../../../src/domain/BackendSpec.ts"

/** Two restarts in 10 s: short histories reach every bound. */
export const restartSettings: RestartSettings = {
  ...backendDefaults.restart,
  baseMillis: 100,
  capMillis: 400,
  intensity: 2,
  windowMillis: 10_000,
  stableMillis: 5_000,
  slowRetryMillis: 60_000
}

/** Opens after two failures, for 100 ms, up to 300 ms. */
export const circuitSettings: CircuitSettings = {
  ...backendDefaults.circuit,
  threshold: 2,
  minimumCalls: 4,
  openMillis: 100,
  openCapMillis: 300
}
