import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { giveTurns } from "./turns.ts"

const arrived = async (port: number): Promise<Socket> => {
  const socket = connect(port, "127.0.0.1")
  await once(socket, "connect")
  return socket
}

describe("turns", () => {
  it("are given to as many as there are places, and to the next when one leaves", async () => {
    await using turns = await giveTurns(1)
    const first = await arrived(turns.port)
    await once(first, "data")
    const second = await arrived(turns.port)
    let called = false
    const call = once(second, "data").then(() => (called = true))
    // By the time a third has come, the second would have been called.
    const third = await arrived(turns.port)
    assert.isFalse(called)
    first.end()
    await call
    second.end()
    await once(third, "data")
    third.end()
  })

  it("are not lost with one who leaves while waiting", async () => {
    await using turns = await giveTurns(1)
    const first = await arrived(turns.port)
    await once(first, "data")
    const gone = await arrived(turns.port)
    const last = await arrived(turns.port)
    gone.destroy()
    first.end()
    await once(last, "data")
    last.end()
  })
})
