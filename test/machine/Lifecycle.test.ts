import { assert, describe, it } from "@effect/vitest"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import type { RestartSettings } from "../../src/domain/BackendSpec.ts"
import { World } from "../model/lifecycleWorld.ts"

const defaults: RestartSettings = backendDefaults.restart

/** A world after its first start, with `send` at the middle of the jitter. */
const started = (settings: RestartSettings = defaults) => {
  const world = new World(settings)
  world.send({ _tag: "Start" }, 0.5)
  return world
}

const ready = (world: World) => {
  world.send({ _tag: "Started", epoch: world.state.epoch }, 0.5)
  return world
}

const exit = (world: World, reason = "exit code 1") =>
  world.send({ _tag: "Exited", epoch: world.state.epoch, reason }, 0.5)

const at = (world: World, now: number) => {
  world.now = now
  world.send({ _tag: "Due" }, 0.5)
}

const lastCommands = (world: World) => world.moves.at(-1)?.commands.filter(({ _tag }) => _tag !== "Announce")

/** Fails the sixth time within the window. */
const quarantined = () => {
  const world = started()
  for (let crash = 0; crash < 6; crash++) {
    exit(ready(world))
    if (world.state.life._tag === "Backoff") at(world, world.state.life.until)
  }
  assert.strictEqual(world.state.life._tag, "Quarantined")
  return world
}

describe("Lifecycle of a backend", () => {
  it("starts, is ready, exits, waits and starts again with a new epoch", () => {
    const world = started()
    assert.deepStrictEqual(lastCommands(world), [{ _tag: "Connect", epoch: 1, attempt: 0 }])
    ready(world)
    assert.deepStrictEqual(world.state.life, { _tag: "Ready", epoch: 1, since: 0 })
    exit(world)
    assert.deepStrictEqual(world.state.life, { _tag: "Backoff", attempt: 1, until: 500, reason: "exit code 1" })
    assert.deepStrictEqual(lastCommands(world), [{ _tag: "WakeAt", at: 500 }])
    at(world, 500)
    assert.deepStrictEqual(lastCommands(world), [{ _tag: "Connect", epoch: 2, attempt: 1 }])
  })

  it("INV-12 a hung child is ended first; the next starts when it is gone, though its time came earlier", () => {
    const world = ready(started())
    world.send({ _tag: "Unhealthy", epoch: 1, reason: "3 probes missed" }, 0.5)
    assert.deepStrictEqual(lastCommands(world), [
      { _tag: "Disconnect", epoch: 1, reason: "3 probes missed" },
      { _tag: "WakeAt", at: 500 }
    ])
    at(world, 500)
    assert.deepStrictEqual(lastCommands(world), [])
    world.send({ _tag: "Wake" }, 0.5)
    assert.strictEqual(world.state.life._tag, "Backoff")
    exit(world, "SIGKILL")
    assert.deepStrictEqual(lastCommands(world), [{ _tag: "Connect", epoch: 2, attempt: 0 }])
  })

  it("a timer that fires early is set again", () => {
    const world = ready(started())
    exit(world)
    at(world, 499)
    assert.deepStrictEqual(lastCommands(world), [{ _tag: "WakeAt", at: 500 }])
    assert.strictEqual(world.state.life._tag, "Backoff")
  })

  it("INV-13 quarantine says why, tries once every 300 s, and a failed try starts no new burst", () => {
    const world = quarantined()
    const life = world.state.life
    assert(life._tag === "Quarantined")
    assert.strictEqual(life.reason, "5 restarts within 300 s, the most allowed; last: exit code 1")
    for (let retry = 0; retry < 3; retry++) {
      const from = world.now
      at(world, from + 300_000)
      assert.strictEqual(world.state.life._tag, "Starting")
      world.send({ _tag: "StartFailed", epoch: world.state.epoch, reason: "no", authentication: false }, 0.5)
      exit(world)
      assert.deepStrictEqual(world.state.life, {
        _tag: "Quarantined",
        until: world.now + 300_000,
        reason: "still failing: no"
      })
    }
    at(world, world.now + 300_000)
    ready(world)
    assert.strictEqual(world.state.life._tag, "Ready")
  })

  it("Wake leaves quarantine at once, with a fresh restart history", () => {
    const world = quarantined()
    world.send({ _tag: "Wake" }, 0.5)
    assert.strictEqual(world.state.life._tag, "Starting")
    exit(world)
    assert.deepStrictEqual(world.state.life, {
      _tag: "Backoff",
      attempt: 1,
      until: world.now + 500,
      reason: "exit code 1"
    })
  })

  it("Wake during a slow retry makes it a first start: a failure is not quarantined again", () => {
    const world = quarantined()
    at(world, world.now + 300_000)
    world.send({ _tag: "Wake" }, 0.5)
    exit(world)
    assert.strictEqual(world.state.life._tag, "Backoff")
  })

  it("parks when the credentials are refused, and does not hammer", () => {
    const world = started()
    world.send({ _tag: "StartFailed", epoch: 1, reason: "401", authentication: true }, 0.5)
    assert.deepStrictEqual(world.state.life, { _tag: "Parked", until: 300_000, reason: "401" })
    exit(world)
    at(world, 299_999)
    assert.strictEqual(world.state.life._tag, "Parked")
    at(world, 300_000)
    assert.deepStrictEqual(lastCommands(world), [{ _tag: "Connect", epoch: 2, attempt: 0 }])
  })

  it("with restart_on_exit off an exit parks it until it is woken", () => {
    const world = ready(started({ ...defaults, onExit: false }))
    exit(world)
    assert.deepStrictEqual(world.state.life, {
      _tag: "Parked",
      until: undefined,
      reason: "exit code 1; restart_on_exit is off"
    })
    assert.deepStrictEqual(lastCommands(world), [])
    at(world, 1e9)
    assert.strictEqual(world.state.life._tag, "Parked")
    world.send({ _tag: "Wake" }, 0.5)
    assert.strictEqual(world.state.life._tag, "Starting")
  })

  it("INV-19 the delay starts from the base again only after 120 s of ready time", () => {
    const world = ready(started())
    exit(world)
    at(world, 500)
    ready(world)
    world.now += 119_999
    exit(world)
    assert.deepInclude(world.state.life, { attempt: 2, until: 500 + 119_999 + 1_000 })
    at(world, world.now + 1_000)
    ready(world)
    world.now += 120_000
    exit(world)
    assert.deepInclude(world.state.life, { attempt: 1, until: world.now + 500 })
  })

  it("drains: ends the connection after its last call, and can be started again when that is gone", () => {
    const world = ready(started())
    world.send({ _tag: "Drain" }, 0.5)
    assert.deepStrictEqual(world.state.life, { _tag: "Draining", epoch: 1 })
    assert.deepStrictEqual(lastCommands(world), [])
    world.send({ _tag: "Drained", epoch: 1 }, 0.5)
    assert.deepStrictEqual(lastCommands(world), [{ _tag: "Disconnect", epoch: 1, reason: "drained" }])
    world.send({ _tag: "Start" }, 0.5)
    assert.strictEqual(world.state.life._tag, "Backoff")
    exit(world)
    assert.deepStrictEqual(lastCommands(world), [{ _tag: "Connect", epoch: 2, attempt: 0 }])
  })

  it("INV-19 the time it was drained and idle is no ready time", () => {
    const world = ready(started())
    exit(world)
    at(world, 500)
    ready(world)
    world.send({ _tag: "Drain" }, 0.5)
    world.send({ _tag: "Drained", epoch: 2 }, 0.5)
    exit(world)
    world.now += 1_000_000
    world.send({ _tag: "Start" }, 0.5)
    exit(world)
    assert.deepInclude(world.state.life, { _tag: "Backoff", attempt: 2 })
  })

  it("Stop ends a connection that is there, and is final", () => {
    const world = ready(started())
    world.send({ _tag: "Stop" }, 0.5)
    assert.deepStrictEqual(
      lastCommands(world)?.map(({ _tag }) => _tag),
      ["Disconnect"]
    )
    exit(world)
    world.send({ _tag: "Wake" }, 0.5)
    world.send({ _tag: "Start" }, 0.5)
    assert.deepStrictEqual(world.state, { ...world.state, life: { _tag: "Stopped" }, connection: "none", epoch: 1 })
  })
})
