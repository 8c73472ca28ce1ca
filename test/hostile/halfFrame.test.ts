import { assert, describe, it } from "@effect/vitest"
import { legacyBackend } from "../fixtures/gateway.ts"
import { isAlive } from "../fixtures/processes.ts"
import { atOnceMillis, openGateway, pidOf, timed } from "../faults/opened.ts"
import { stillServes } from "./served.ts"

const whole = '{"jsonrpc":"2.0","id":"half","method":"ping"}'

describe("half a message from a client", () => {
  it("is waited for, and is a message once the other half is there", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const { client } = gateway
    for (const byte of whole) client.sendRaw(byte)
    client.sendRaw("\n")
    await client.until(() => client.replies("half").length === 1, "the reply")
    await stillServes(client)
  })

  it("that is all until the client closes its end is no message: the gateway just ends", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const { client } = gateway
    const pid = await pidOf(client, "one")
    const from = client.messages.length
    client.sendRaw(whole.slice(0, 30))
    const { millis, value } = await timed(client.close())
    assert.deepStrictEqual(value, { code: 0, signal: null })
    assert.isBelow(millis, atOnceMillis)
    assert.deepStrictEqual(client.messages.slice(from), [])
    assert.isFalse(isAlive(pid))
  })

  it("is no message either when only the end of the line is missing", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const { client } = gateway
    client.sendRaw(whole)
    await client.close()
    assert.isEmpty(client.replies("half"))
  })
})
