import type { Mutant } from "../mutant.ts"

const prober = "src/backend/Prober.ts"

/** Probes, and starts that do not end. */
export const healthMutants: ReadonlyArray<Mutant> = [
  {
    name: "hung-child-not-found",
    invariant: 38,
    file: "src/machine/Health.ts",
    find: "return against >= settings.misses ?",
    replace: "return against >= Infinity ?",
    why: "however many probes go unanswered, the process is kept"
  },
  {
    name: "one-miss-is-enough",
    invariant: 15,
    file: "src/machine/Health.ts",
    find: "return against >= settings.misses ?",
    replace: "return against >= 1 ?",
    why: "one lost probe takes a backend down"
  },
  {
    name: "one-hit-brings-back",
    invariant: 38,
    file: "src/machine/Health.ts",
    find: "state.against + 1 < settings.hits",
    replace: "state.against + 1 < 1",
    why: "one lucky answer counts as health"
  },
  {
    name: "probe-answer-ignored",
    invariant: 38,
    file: prober,
    find: "const answered = (reply: BackendReply) => {\n      this.#asked = undefined",
    replace: "const answered = (reply: BackendReply) => {",
    why: "an answered probe counts as missed, and healthy processes are killed"
  },
  {
    name: "probe-once",
    invariant: 38,
    file: prober,
    find: "this.proven()\n      this.#arm()\n    }",
    replace: "this.proven()\n    }",
    why: "after its first answer a backend is not asked again"
  },
  {
    name: "probe-skipped-for-ever",
    invariant: 38,
    file: prober,
    find: "if (!Health.probeNeeded(this.health, spec.health, now())) {",
    replace: "if (!Health.probeNeeded(this.health, spec.health, now())) {\n      if (now() > 0) return",
    why: "a probe that was not needed is the last one"
  },
  {
    name: "probe-of-old-line",
    invariant: 15,
    file: prober,
    find: "  detach(): void {\n    this.#line = undefined\n    this.#asked = undefined",
    replace: "  detach(): void {\n",
    why: "a probe of the last process counts against the next one"
  },
  {
    name: "down-without-kill",
    invariant: 38,
    file: "src/backend/LifeCourse.ts",
    find: 'if (event._tag === "Unhealthy" || event._tag === "Violated") connection?.kill()',
    replace: "",
    why: "a process that hangs is asked to end by itself, and its replacement waits for it"
  },
  {
    name: "start-without-timeout",
    invariant: 38,
    file: "src/backend/Link.ts",
    find: "Effect.timeoutOrElse(open, { duration: spec.startTimeoutMillis, orElse: timedOut })",
    replace: "open",
    why: "a server that never answers the handshake is waited for without end"
  },
  {
    name: "era-refusal-is-final",
    invariant: 38,
    file: "src/backend/Handshake.ts",
    find: 'if (!introduction.probe) return yield* Effect.catchTag(initialized, "RpcError", otherEra(connection, introduction))',
    replace: "if (!introduction.probe) return yield* initialized",
    why: "a stateless server that died in its handshake once is asked in the other era only, and refuses"
  },
  {
    name: "other-era-not-noticed",
    invariant: 38,
    file: prober,
    find: 'if (spec.launch.type === "http" && speaksAnotherWay(method, reply)) {',
    replace: 'if (spec.launch.type === "stdio" && speaksAnotherWay(method, reply)) {',
    why: "a server of the other era that took the place of the last one is spoken to as before"
  },
  {
    name: "oversize-tolerated",
    invariant: 32,
    file: "src/backend/BackendActor.ts",
    find: "if (epoch === this.#course.epoch) this.#course.violated(",
    replace: "if (epoch < 0) this.#course.violated(",
    why: "after a frame that was cut off the connection is trusted as before"
  },
  {
    name: "frame-bound-ignored",
    invariant: 32,
    file: "src/protocol/Framing.ts",
    find: "if (last - start > this.maxFrameBytes)",
    replace: "if (last - start > Infinity)",
    why: "a frame without an end is kept, however long it gets"
  },
  {
    name: "garbage-without-end",
    invariant: 32,
    file: "src/backend/Connection.ts",
    find: "if (this.#garbage <= garbageLinesAllowed) return",
    replace: "return",
    why: "a backend may write rubbish for ever"
  },
  {
    name: "banner-not-borne",
    invariant: 15,
    file: "src/backend/Connection.ts",
    find: "if (this.#garbage <= garbageLinesAllowed) return\n",
    replace: "\n",
    why: "one line of text on its output costs a backend its connection"
  }
]
