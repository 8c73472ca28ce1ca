/**
 * For tests of restart policies and circuits of one's own (docs/RESTART-POLICIES.md): generators of what may happen to
 * them, laws that they may promise, and the checks that look for a history which breaks one. No test framework is
 * needed.
 */
export { Chance } from "./simulation/Chance.ts"
export { checkRuns } from "./simulation/kit/Check.ts"
export type { Checked, CheckOptions, Failed, Passed } from "./simulation/kit/Check.ts"
export type { Broken } from "./simulation/kit/Broken.ts"
export type { Law } from "./simulation/kit/Law.ts"
export { partsOf } from "./simulation/kit/StateSize.ts"
export type { SizeBounds, StateAt } from "./simulation/kit/StateSize.ts"

export { assertHistory, assertPolicy, checkPolicy } from "./simulation/kit/PolicyCheck.ts"
export type { HistoryOptions, PlayPolicy, PolicyCheckOptions } from "./simulation/kit/PolicyCheck.ts"
export { livesAtMost, outages, simplerHistories } from "./simulation/kit/Outages.ts"
export type { History, Life, OutageOptions } from "./simulation/kit/Outages.ts"
export { restartLaws, restartLawsOf } from "./simulation/kit/RestartLaws.ts"
export type { PatienceBounds, RecoveryBounds, RestartLaw } from "./simulation/kit/RestartLaws.ts"
export { playPolicy, restartLines } from "./simulation/kit/RestartRun.ts"
export type { Lived, RestartRun } from "./simulation/kit/RestartRun.ts"
export { superviseInVirtualTime } from "./simulation/kit/SuperviseInVirtualTime.ts"
export type { Supervised, TimedReport } from "./simulation/kit/SuperviseInVirtualTime.ts"

export { assertCircuit, assertCircuitHistory, checkCircuit } from "./simulation/kit/CircuitCheck.ts"
export type { CircuitCheckOptions, CircuitHistoryOptions } from "./simulation/kit/CircuitCheck.ts"
export { calls, simplerCalls, stepsAtMost } from "./simulation/kit/CircuitHistory.ts"
export type { CallOptions, CircuitHistory, CircuitStep } from "./simulation/kit/CircuitHistory.ts"
export { circuitLaws, circuitLawsOf } from "./simulation/kit/CircuitLaws.ts"
export type { RateBounds } from "./simulation/kit/CircuitRate.ts"
export type { CircuitLaw } from "./simulation/kit/CircuitLaws.ts"
export { circuitLines, playCircuit } from "./simulation/kit/CircuitRun.ts"
export type { Calmed, CircuitMove, CircuitRun, PermitUse } from "./simulation/kit/CircuitRun.ts"
