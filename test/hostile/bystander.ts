import { assert } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend, type BackendTable, type RunningGateway } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { peakMegabytes } from "../faults/memory.ts"
import { atOnceMillis, openGateway, pidOf, timed } from "../faults/opened.ts"

export interface Witnessed extends AsyncDisposable {
  readonly gateway: RunningGateway
  readonly client: RunningGateway["client"]
  /** The backend beside the attacker answers at once, and was never restarted; the gateway's memory stayed bounded. */
  readonly unharmed: () => Promise<void>
}

/** More than the gateway needs for the largest frames it accepts, far less than what the attackers send. */
const growthMegabytes = 250

/** A gateway with an attacker, `one`, and a bystander, `two`; waits for these tools and the bystander's. */
export const witnessed = async (attacker: BackendTable, tools: ReadonlyArray<string> = []): Promise<Witnessed> => {
  const gateway = await openGateway({ backends: [attacker, legacyBackend("two")] }, [...tools, "two__pid"])
  const { client } = gateway
  const pid = await pidOf(client, "two")
  const resident = peakMegabytes(client.pid)
  const unharmed = async () => {
    const { millis, value } = await timed(callTool(client, "two__echo", { text: "unharmed" }))
    assert.strictEqual(textOf(value), "unharmed")
    assert.isBelow(millis, atOnceMillis)
    assert.strictEqual(await pidOf(client, "two"), pid)
    assert.isBelow(peakMegabytes(client.pid) - resident, growthMegabytes)
  }
  const dispose = async () => {
    await gateway.stop()
  }
  return { gateway, client, unharmed, [Symbol.asyncDispose]: dispose }
}
