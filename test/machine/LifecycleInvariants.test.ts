import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { Life, LifecycleCommand } from "../../src/machine/Life.ts"
import type { WorldMove } from "./lifecycleWorld.ts"
import { played, restartSettings, worldOps } from "./lifecycleWorld.ts"
import { holds } from "../fixtures/property.ts"

const anything = fc.tuple(
  restartSettings,
  worldOps(["Start", "Start", "Due", "Wake", "Wake", "Drain", "Drain", "Drain", "Stop"])
)
const unstopped = fc.tuple(restartSettings, worldOps(["Start", "Due", "Wake", "Drain"]))
const byItself = fc.tuple(restartSettings, worldOps(["Due"]))

const everyMove = (check: (move: WorldMove) => void) =>
  holds(anything, ([settings, ops]) => played(settings, ops).moves.forEach(check))

/** The simpler model: where each event may lead from each state, times and counts left out. `loss`: down or not up. */
const loss = ["Backoff", "Quarantined", "Parked"]
const leads: Record<WorldMove["event"]["_tag"], Partial<Record<Life["_tag"], ReadonlyArray<string>>>> = {
  Start: { Idle: ["Starting", "Backoff"] },
  Started: { Starting: ["Ready"] },
  StartFailed: { Starting: loss },
  Exited: {
    Starting: loss,
    Ready: [...loss, "Starting"],
    Draining: ["Idle"],
    Backoff: ["Starting"],
    Parked: ["Starting"],
    Quarantined: ["Starting"]
  },
  Unhealthy: { Starting: loss, Ready: loss, Draining: ["Idle"] },
  Violated: { Starting: loss, Ready: loss, Draining: ["Idle"] },
  Drained: { Draining: ["Idle"] },
  Due: { Backoff: ["Starting"], Parked: ["Starting"], Quarantined: ["Starting"] },
  Wake: { Backoff: ["Starting"], Parked: ["Starting", "Backoff"], Quarantined: ["Starting", "Backoff"] },
  Drain: { Ready: ["Draining"], Starting: ["Idle"], Backoff: ["Idle"], Parked: ["Idle"], Quarantined: ["Idle"] },
  Stop: {
    Idle: ["Stopped"],
    Starting: ["Stopped"],
    Ready: ["Stopped"],
    Draining: ["Stopped"],
    Backoff: ["Stopped"],
    Parked: ["Stopped"],
    Quarantined: ["Stopped"]
  }
}

describe("Lifecycle", () => {
  it("INV-12 opens a connection only when no other is there, with an epoch that never came before", () => {
    let connects = 0
    holds(
      anything,
      ([settings, ops]) => {
        // The world itself asserts it at each command.
        const { moves } = played(settings, ops)
        connects += moves.flatMap(({ commands }) => commands).filter(({ _tag }) => _tag === "Connect").length
      },
      1_000
    )
    assert.isAbove(connects, 1_000)
  })

  it("INV-13 INV-19 restarts in any window never exceed the intensity, in any life, unless woken by hand", () => {
    holds(
      byItself,
      ([settings, ops]) => {
        const restarts = played(settings, ops).moves.flatMap(({ commands, now }) =>
          commands.some((command) => command._tag === "Connect" && command.attempt > 0) ? [now] : []
        )
        restarts.forEach((at, index) => {
          const oneTooMany = restarts[index + settings.intensity]
          if (oneTooMany !== undefined) assert.isAtLeast(oneTooMany - at, settings.windowMillis)
        })
      },
      1_000
    )
  })

  it("INV-17 an event of an older epoch changes nothing and commands nothing", () => {
    let stale = 0
    everyMove(({ after, before, commands, event }) => {
      if (!("epoch" in event) || event.epoch === before.epoch) return
      stale++
      assert.strictEqual(after, before)
      assert.deepStrictEqual(commands, [])
    })
    assert.isAbove(stale, 100)
  })

  it("goes only where the simpler model allows", () => {
    everyMove(({ after, before, event }) => {
      if (after.life._tag === before.life._tag) return
      assert.include(leads[event._tag][before.life._tag] ?? [], after.life._tag, event._tag)
    })
  })

  it("reaches every place the simpler model allows, so the properties above looked at all of it", () => {
    const seen = new Set<string>()
    const note = ({ after, before, event }: WorldMove) => {
      if (after.life._tag !== before.life._tag) seen.add(`${event._tag}: ${before.life._tag} > ${after.life._tag}`)
    }
    holds(anything, ([settings, ops]) => played(settings, ops).moves.forEach(note), 2_000, 1)
    const all = Object.entries(leads).flatMap(([event, rows]) =>
      Object.entries(rows).flatMap(([from, tos]) => tos.map((to) => `${event}: ${from} > ${to}`))
    )
    assert.sameMembers([...seen], all)
  })

  it("announces each change of life, and nothing else", () => {
    everyMove(({ after, before, commands }) => {
      const announced = commands.filter(({ _tag }) => _tag === "Announce")
      const expected: ReadonlyArray<LifecycleCommand> =
        after.life === before.life ? [] : [{ _tag: "Announce", from: before.life, to: after.life }]
      assert.deepStrictEqual(announced, [...expected])
    })
  })

  it("never waits without a timer that will end the waiting", () => {
    everyMove(({ after: { life }, timer }) => {
      if ("until" in life && life.until !== undefined) assert.strictEqual(timer, life.until)
    })
  })

  it("ends the connection whenever it leaves one that is still there", () => {
    everyMove(({ after, before, commands, event }) => {
      const lives = new Set(["Starting", "Ready", "Draining"])
      const left = lives.has(before.life._tag) && !lives.has(after.life._tag) && event._tag !== "Exited"
      assert.strictEqual(
        commands.some(({ _tag }) => _tag === "Disconnect"),
        left
      )
      assert.strictEqual(after.connection === "up", lives.has(after.life._tag))
    })
  })

  it("stays stopped for ever once it is stopped", () => {
    everyMove(({ after, before, commands }) => {
      if (before.life._tag !== "Stopped") return
      assert.strictEqual(after.life, before.life)
      assert.deepStrictEqual(commands, [])
    })
  })

  it("INV-38 once faults stop, a backend that waits is ready within the cap, a quarantined or parked one within a slow retry", () => {
    holds(unstopped, ([settings, ops]) => {
      const world = played(settings, ops)
      const { life } = world.state
      if (life._tag === "Idle" || life._tag === "Draining" || (life._tag === "Parked" && life.until === undefined))
        return
      const bound = life._tag === "Backoff" ? settings.capMillis * (1 + settings.jitter) : settings.slowRetryMillis
      const start = world.now
      for (let move = 0; move < 4; move++) world.play({ op: "natural", bad: false, late: 0, random: 0.5 })
      assert.strictEqual(world.state.life._tag, "Ready")
      assert.isAtMost(world.now - start, bound)
    })
  })
})
