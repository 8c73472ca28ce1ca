import * as Effect from "effect/Effect"
import { backendDefaults, type RestartSettings } from "../../src/domain/BackendSpec.ts"
import type { ChildReport } from "../../src/kernel/Child.ts"
import * as Supervisor from "../../src/kernel/Supervisor.ts"

/** No jitter, so that a test knows every time: 100, 200, 400 ms; two restarts in 10 s, a slow retry every 60 s. */
export const restart: RestartSettings = {
  ...backendDefaults.restart,
  baseMillis: 100,
  capMillis: 400,
  jitter: 0,
  intensity: 2,
  windowMillis: 10_000,
  stableMillis: 5_000,
  slowRetryMillis: 60_000
}

/** A supervisor whose reports are kept as short lines: what happened to whom. */
export const supervised = (settings: Partial<Supervisor.SupervisorSettings> = {}) =>
  Effect.gen(function* () {
    const reports: Array<string> = []
    const supervisor = yield* Supervisor.make({ restart, ...settings }, (report) => void reports.push(line(report)))
    return { supervisor, reports }
  })

const line = (report: ChildReport): string => {
  switch (report._tag) {
    case "Started":
      return `${report.child} started ${report.attempt}`
    case "Exited":
      return `${report.child} exited ${report.exit._tag}`
    case "RestartScheduled":
      return `${report.child} restart ${report.attempt} in ${report.delayMillis}`
    case "Quarantined":
      return `${report.child} quarantined for ${report.retryMillis}: ${report.reason}`
    case "Finished":
      return `${report.child} finished`
    case "Stopped":
      return `${report.child} stopped ${report.inTime}`
  }
}
