import { assert, it } from "@effect/vitest"
import { FaultState, waitingFaults } from "../../src/simulation/FaultState.ts"

it("no more faults of a kind wait for their moment than a bound says", () => {
  const faults = new FaultState()
  faults.badStarts("silent", waitingFaults + 1)
  for (let time = 0; time <= waitingFaults; time++) {
    faults.crashInStart({ reply: 0, share: 0.5 })
    faults.badReply({ _tag: "Twice" })
    faults.slowStop(1)
  }
  const taken = (take: () => unknown) => {
    let count = 0
    while (take() !== undefined && count <= waitingFaults) count++
    return count
  }
  assert.deepStrictEqual(
    [
      taken(() => faults.takeStart()),
      taken(() => faults.takeCrashInStart()),
      taken(() => faults.takeReply()),
      taken(() => (faults.takeStop() === 0 ? undefined : 1))
    ],
    [waitingFaults, waitingFaults, waitingFaults, waitingFaults]
  )
})
