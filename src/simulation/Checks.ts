import type { Named, Promised } from "./Check.ts"
import { answersArrive } from "./checks/Answers.ts"
import { allReturned, bounds } from "./checks/Bounds.ts"
import { cancelsReachServers } from "./checks/Cancels.ts"
import { circuitReasons } from "./checks/CircuitReasons.ts"
import { circuitWays, oneProbe, openAdmitsNothing } from "./checks/Circuits.ts"
import { crashIsOneFailure } from "./checks/Crashes.ts"
import { noEarlyDeadline } from "./checks/Deadlines.ts"
import { downAsConfigured } from "./checks/Down.ts"
import { roomIsShared, turnsGoRound } from "./checks/Fairness.ts"
import { hungIsReplaced, startsEnd } from "./checks/Hanging.ts"
import { delaysAreSpread } from "./checks/Jitter.ts"
import { bothErasAreTried, otherEraIsFound } from "./checks/Handshakes.ts"
import { idsAreNew } from "./checks/Ids.ts"
import { calmStaysCalm, noDefects } from "./checks/Neighbours.ts"
import {
  byDeadline,
  notBegunInVain,
  oneOutcome,
  ownReply,
  promptEnd,
  sentOnce,
  trueCertainty
} from "./checks/Outcomes.ts"
import { nothingLeft, oneProcess, processesOfSessions } from "./checks/Processes.ts"
import { ownAnswer, processIsPrivate, questionsEnd, questionsOfEndedCalls, toldOwnOnly } from "./checks/Questions.ts"
import { delays, intensity } from "./checks/Restarts.ts"
import { isolationHolds, sessionsEnd } from "./checks/Sessions.ts"
import { nobodyIsKilledInVain, violatorsEnd } from "./checks/Trust.ts"
import { noCallIsLost, noPlaceIsLost, nobodyWaitsInVain } from "./checks/Waiting.ts"
import { circuitsClose, liveness } from "./Healing.ts"
import { updatesArrive } from "./Watching.ts"
import { changesAreTold, listedIsCallable } from "./Lists.ts"

/** Everything that is looked after in every simulated run. */
export const promises: ReadonlyArray<Promised> = [
  oneOutcome,
  sentOnce,
  notBegunInVain,
  trueCertainty,
  ownReply,
  ownAnswer,
  idsAreNew,
  questionsEnd,
  questionsOfEndedCalls,
  toldOwnOnly,
  processIsPrivate,
  promptEnd,
  byDeadline,
  oneProcess,
  nothingLeft,
  intensity,
  delays,
  startsEnd,
  hungIsReplaced,
  bothErasAreTried,
  otherEraIsFound,
  downAsConfigured,
  calmStaysCalm,
  noDefects,
  circuitWays,
  openAdmitsNothing,
  oneProbe,
  circuitReasons,
  bounds,
  processesOfSessions,
  allReturned,
  noCallIsLost,
  noPlaceIsLost,
  nobodyWaitsInVain,
  cancelsReachServers,
  violatorsEnd,
  nobodyIsKilledInVain,
  noEarlyDeadline,
  turnsGoRound,
  roomIsShared,
  delaysAreSpread,
  crashIsOneFailure,
  sessionsEnd,
  isolationHolds,
  answersArrive
]

/** What the run itself looks after at its end. */
export const ending: Named = { invariant: 18, name: "a gateway that is told to stop does so in time" }

/** Promises that are looked after under the name of another one. */
const implied: ReadonlyArray<Named> = [
  { invariant: 19, name: delays.name },
  { invariant: 24, name: allReturned.name }
]

/** All promises that a simulated run can break, by their numbers. */
export const simulationChecks: ReadonlyArray<Named> = [
  ...[...promises, liveness, circuitsClose, listedIsCallable, changesAreTold, updatesArrive, ending, ...implied].map(
    ({ invariant, name }) => ({ invariant, name })
  )
]
