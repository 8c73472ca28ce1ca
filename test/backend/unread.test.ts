import { assert, describe, it } from "@effect/vitest"
import { Connection, nobodyWaits, unreadBytes, type Waiter } from "../../src/backend/Connection.ts"
import { Interests, unansweredLimit } from "../../src/backend/Interests.ts"
import type { Dialect } from "../../src/protocol/Upstream.ts"

const dialect: Dialect = { era: "stateful", version: "2025-11-25", identity: { name: "test", version: "1" } }
const waiter: Waiter = { ...nobodyWaits }
const megabyte = "x".repeat(1_048_576)

/** A connection to a backend that reads nothing and answers nothing. */
const deaf = () => {
  const violations: Array<string> = []
  let backlog = 0
  const transport = {
    pid: undefined,
    write: (frame: string) => void (backlog += Buffer.byteLength(frame)),
    backlogBytes: () => backlog,
    kill: () => undefined,
    stderr: () => []
  }
  const connection = new Connection(1, transport, {
    onNotification: () => undefined,
    onRequest: () => undefined,
    onViolation: (reason) => void violations.push(reason)
  })
  return { connection, violations, backlog: () => backlog }
}

describe("INV-32 a backend that neither reads nor answers", () => {
  it("has the requests nobody waits for forgotten, the oldest first", () => {
    const { connection } = deaf()
    const interests = new Interests()
    interests.attach({ connection, dialect }, { dialect, capabilities: {}, serverInfo: {}, instructions: undefined })
    for (let count = 0; count < unansweredLimit + 500; count++) {
      interests.watch(`note://${count}`)
      interests.unwatch(`note://${count}`)
    }
    assert.strictEqual(connection.pending, unansweredLimit)
    assert.isTrue(connection.forget(`sg:${2 * (unansweredLimit + 500)}`))
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
