import { assert, describe, it } from "@effect/vitest"
import { EventStore } from "../../src/edge/EventStore.ts"
import type { StreamRecord } from "../../src/edge/SessionEvents.ts"
import type { Minor } from "../../src/gateway/SessionSettings.ts"

const stream = (number: number): StreamRecord => ({ number, lostThrough: 0, kept: 0, ended: false })

const event = (of: StreamRecord, sequence: number, bytes = 10, minor: Minor = false) => ({
  stream: of,
  sequence,
  frame: `${of.number}-${sequence}`,
  bytes,
  minor
})

const bounds = { replayEvents: 3, replayBytes: 100, replayBytesInAll: 150 }

describe("INV-32 messages that are kept to be sent again", () => {
  it("are at most so many in a session, the oldest go first", () => {
    const store = new EventStore(bounds)
    const [session, one] = [store.session(), stream(1)]
    for (let n = 1; n <= 10; n++) session.add(event(one, n))
    assert.deepStrictEqual(
      session.after(one, 0).map(({ sequence }) => sequence),
      [8, 9, 10]
    )
    assert.deepStrictEqual([one.lostThrough, one.kept, store.bytes], [7, 3, 30])
  })

  it("have at most so many bytes in a session; one that is larger is not kept at all", () => {
    const store = new EventStore(bounds)
    const [session, one] = [store.session(), stream(1)]
    session.add(event(one, 1, 60))
    session.add(event(one, 2, 60))
    assert.strictEqual(store.bytes, 60)
    session.add(event(one, 3, 101))
    assert.deepStrictEqual([store.bytes, one.lostThrough, one.kept], [0, 3, 0])
  })

  it("have at most so many bytes in all sessions: the oldest of all go first", () => {
    const store = new EventStore(bounds)
    const [a, b, one, two] = [store.session(), store.session(), stream(1), stream(1)]
    a.add(event(one, 1, 90))
    b.add(event(two, 1, 50))
    b.add(event(two, 2, 20))
    assert.deepStrictEqual([one.lostThrough, two.lostThrough, store.bytes], [1, 0, 70])
    a.add(event(one, 2, 90))
    assert.deepStrictEqual([one.lostThrough, two.lostThrough, store.bytes], [1, 1, 110])
  })

  it("leave nothing behind when their session ends", () => {
    const store = new EventStore(bounds)
    const [a, b, one, two] = [store.session(), store.session(), stream(1), stream(1)]
    for (let n = 1; n <= 3; n++) a.add(event(one, n))
    b.add(event(two, 1))
    a.clear()
    assert.deepStrictEqual([store.bytes, one.kept, two.kept], [10, 0, 1])
  })

  it("count a lost one as a gap only if it mattered", () => {
    const store = new EventStore(bounds)
    const [session, one] = [store.session(), stream(1)]
    session.add(event(one, 1, 10, true))
    for (let n = 2; n <= 4; n++) session.add(event(one, n))
    assert.deepStrictEqual([one.lostThrough, one.kept], [0, 3])
  })

  it("are the last of those that say the same", () => {
    const store = new EventStore(bounds)
    const [session, one, two] = [store.session(), stream(1), stream(2)]
    session.add(event(one, 1, 10, "changed"))
    session.add(event(two, 1, 10, "changed"))
    session.add(event(one, 2, 10, "changed"))
    assert.deepStrictEqual(
      [one, two].map((each) => session.after(each, 0).map(({ sequence }) => sequence)),
      [[2], [1]]
    )
    assert.strictEqual(one.lostThrough, 0)
  })
})
