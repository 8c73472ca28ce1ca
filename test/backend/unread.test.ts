import { assert, describe, it } from "@effect/vitest"
import { Connection, unreadBytes, type Waiter } from "../../src/backend/Connection.ts"
import { errandBounds } from "../../src/backend/Errands.ts"
import { Interests } from "../../src/backend/Interests.ts"
import type { Dialect } from "../../src/protocol/Upstream.ts"

const dialect: Dialect = { era: "stateful", version: "2025-11-25", identity: { name: "test", version: "1" } }
const waiter: Waiter = { reply: () => undefined, lost: () => undefined, progress: () => undefined }
const megabyte = "x".repeat(1_048_576)

/** A connection to a backend that reads nothing and answers nothing. */
const deaf = () => {
  const violations: Array<string> = []
  const written: Array<string> = []
  const dropped: Array<string> = []
  let backlog = 0
  const transport = {
    pid: undefined,
    write: (frame: string) => {
      backlog += Buffer.byteLength(frame)
      written.push(frame.slice(0, 256))
    },
    drop: (id: string) => void dropped.push(id),
    backlogBytes: () => backlog,
    kill: () => undefined,
    stderr: () => []
  }
  const connection = new Connection(1, transport, {
    onNotification: () => undefined,
    onRequest: () => undefined,
    onViolation: (reason) => void violations.push(reason)
  })
  return { connection, violations, written, dropped, backlog: () => backlog }
}

describe("INV-32 a backend that neither reads nor answers", () => {
  const watching = () => {
    const { connection, dropped, written } = deaf()
    const interests = new Interests()
    interests.attach({ connection, dialect }, { dialect, capabilities: {}, serverInfo: {}, instructions: undefined })
    return { connection, dropped, interests, written }
  }

  it("gets a few of the gateway's own requests at a time, and the next ones as it answers or is given up", () => {
    const { connection, dropped, interests, written } = watching()
    for (let count = 0; count < 100; count++) interests.watch(`note://${count}`)
    assert.strictEqual(connection.pending, errandBounds.out)
    connection.receive('{"jsonrpc":"2.0","id":"sg:1:1","result":{}}')
    assert.include(written.at(-1), `note://${errandBounds.out}`)
    interests.revive()
    assert.deepStrictEqual(dropped, [])
    interests.revive()
    assert.lengthOf(dropped, errandBounds.out)
    assert.strictEqual(connection.pending, errandBounds.out)
    assert.include(written.at(-1), `note://${2 * errandBounds.out}`)
  })

  it("has the oldest of those that wait forgotten", () => {
    const { interests, written } = watching()
    for (let count = 0; count < errandBounds.waiting; count++) {
      interests.watch(`note://${count}`)
      interests.unwatch(`note://${count}`)
    }
    for (let tick = 0; tick < 3; tick++) interests.revive()
    assert.notInclude(written.join(), `note://${errandBounds.out}"`)
  })

  it("is ended when cancelled calls and notifications pile up for it, not for the calls that are waited for", () => {
    const { backlog, connection, violations } = deaf()
    const calls = Array.from({ length: 48 }, () => connection.requestRaw("tools/call", { megabyte }, waiter))
    connection.checkUnread()
    assert.isAbove(backlog(), unreadBytes)
    assert.deepStrictEqual(violations, [])
    for (const id of calls) connection.forget(id)
    connection.notify("notifications/cancelled", { requestId: calls[0] })
    connection.checkUnread()
    assert.match(violations.join(), /does not read what it is sent/)
  })
})
