import { assert, describe, it } from "@effect/vitest"
import { crossedBy } from "../../src/cli/ChaosReport.ts"
import { experienceOf } from "../../src/simulation/Experience.ts"

const nothing = experienceOf([])
const none = { minAvailability: undefined, maxOutage: undefined, maxUnknown: undefined }

describe("a threshold that is crossed", () => {
  it("is told with as many digits as tell the two numbers apart", () => {
    const outage = (millis: number) => crossedBy({ ...nothing, longestOutageMillis: millis }, { ...none, maxOutage: 2 })
    assert.deepStrictEqual(outage(2_304), ["longest outage 2.3 s, more than --max-outage 2"])
    assert.deepStrictEqual(outage(2_000.5), ["longest outage 2.001 s, more than --max-outage 2"])
    assert.deepStrictEqual(outage(2_000), [])
    const available = (share: number) =>
      crossedBy({ ...nothing, availability: share }, { ...none, minAvailability: 95 })
    assert.deepStrictEqual(available(0.9), ["available 90.00 %, less than --min-availability 95"])
    assert.deepStrictEqual(available(0.949_999), ["available 94.9999 %, less than --min-availability 95"])
    assert.deepStrictEqual(available(0.95), [])
  })
})
