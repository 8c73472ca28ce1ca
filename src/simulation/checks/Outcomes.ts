import type { JsonObject } from "../../domain/Json.ts"
import { ownSource } from "../../domain/Outcome.ts"
import { handOverMillis } from "../../gateway/SlotChildren.ts"
import { jsonRpcCodes } from "../../protocol/JsonRpcCodes.ts"
import type { Promised } from "../Check.ts"
import { objectIn, textIn } from "../Message.ts"
import type { CallRecord } from "../Observation.ts"
import { launchedBy } from "../Scenario.ts"

/** Milliseconds in which what is known at the server, or of its line, is known at the gateway, and told. */
const promptMillis = 1

export const callName = ({ canary, client, id }: CallRecord): string => `call ${id} of ${client} (${canary})`

/** Nobody begins what nobody wants any more. */
export const notBegunInVain: Promised = {
  invariant: 1,
  name: "a call that its client has given up is not begun",
  check: (_run, fail) => ({
    saw: (seen) => {
      if (seen._tag !== "Written" || seen.call?.cancelledAt === undefined) return
      fail(`${callName(seen.call)} was given up by its client, and is sent to #${seen.line.line}`)
    }
  })
}

/** What a reply says is known of its call: our own errors say it, what comes from the backend was done. */
export const certaintyIn = (message: JsonObject): string => {
  const error = message["error"]
  if (error === undefined) return "completed"
  const data = objectIn(objectIn(message, "error"), "data")
  return data["source"] === ownSource ? textIn(data, "certainty") : "failed"
}

/** Each call has one reply, at who made it, or none if it was cancelled. */
export const oneOutcome: Promised = {
  invariant: 1,
  name: "every call has exactly one outcome, at its originator",
  check: ({ world }, fail) => {
    const open = () => [...world.calls.values()].filter((call) => call.replies.length === 0 && !call.cancelledAt)
    return {
      saw: (seen) => {
        if (seen._tag === "Stray") fail(`${seen.client} got a reply to nothing that it waits for: ${seen.text}`)
        if (seen._tag === "Replied" && seen.call.replies.length > 1) fail(`${callName(seen.call)} has two replies`)
        if (seen._tag === "Replied" && seen.call.cancelledAt !== undefined) {
          fail(`${callName(seen.call)} has a reply although it was cancelled`)
        }
      },
      healed: () => {
        for (const call of open()) fail(`${callName(call)} has no outcome`)
      },
      stopped: () => {
        for (const call of open()) fail(`${callName(call)} was left without an outcome when the gateway stopped`)
      }
    }
  }
}

/** The work of a call is begun once; one that may be repeated, once more for each retry. */
export const sentOnce: Promised = {
  invariant: 3,
  name: "a call is sent at most once unless the operator marked it idempotent",
  check: ({ scenario }, fail) => {
    const retries = new Map(scenario.backends.map(({ spec }) => [spec.name, spec.retries]))
    // Over HTTP a request that surely did not arrive goes out once more.
    const stdio = launchedBy(scenario, "stdio")
    const mostOf = ({ backend, repeatable }: CallRecord) => 1 + (repeatable ? (retries.get(backend) ?? 0) : 0)
    return {
      saw: (seen) => {
        if (seen._tag === "Written" && seen.call !== undefined && stdio.has(seen.call.backend)) {
          const { call } = seen
          // With the answer to each question it goes out anew.
          const most = mostOf(call) * (1 + (call.givenBack ?? 0))
          if (call.written.length > most) fail(`${callName(call)} was written ${call.written.length} times`)
        }
        if (seen._tag !== "Arrived") return
        const { call } = seen
        const most = mostOf(call)
        if (call.arrived.length > most) fail(`${callName(call)} was sent ${call.arrived.length} times`)
      }
    }
  }
}

/** What a reply says is known of the call is so. */
export const trueCertainty: Promised = {
  invariant: 16,
  name: "the certainty of an outcome is the truth",
  check: ({ scenario }, fail) => {
    const sites = launchedBy(scenario, "http")
    /** By the gateway, or by a site that looks no further than at its headers. */
    const isRefused = (call: CallRecord, certainty: string, message: JsonObject) =>
      hasRefusalCode(message) || (certainty === "failed" && sites.has(call.backend))
    return {
      saw: (seen, at) => {
        if (seen._tag !== "Replied") return
        const { call, message } = seen
        const certainty = certaintyIn(message)
        const done = call.arrived.length
        if (certainty === "not_sent" && isInHand(call))
          fail(`${callName(call)} is said not to be sent, and the server had it`)
        if (
          (certainty === "completed" || certainty === "failed") &&
          done === 0 &&
          !isRefused(call, certainty, message)
        ) {
          fail(`${callName(call)} is said to be ${certainty}, and no server had it: ${JSON.stringify(message)}`)
        }
        const isOnItsWay = call.handedBackAt !== undefined && at - call.handedBackAt <= promptMillis
        if (certainty === "unknown" && call.written.length === 0 && !isOnItsWay)
          fail(`${callName(call)} is unknown, and was never written`)
      }
    }
  }
}

/** A server had it, and has not given it back. */
const isInHand = ({ arrived, givenBack = 0, resumed = 0 }: CallRecord): boolean => arrived.length + resumed > givenBack

/** Refused by the gateway with a code that says all: the tool is unknown, or its parameters are. */
const hasRefusalCode = (message: JsonObject): boolean => {
  const code = objectIn(message, "error")["code"]
  return code === jsonRpcCodes.invalidParams || code === jsonRpcCodes.methodNotFound
}

/** A reply belongs to the call that it answers. */
export const ownReply: Promised = {
  invariant: 17,
  name: "a reply never answers another call, nor one of another connection",
  check: (_run, fail) => ({
    saw: (seen) => {
      if (seen._tag !== "Replied" || seen.message["result"] === undefined) return
      const text = JSON.stringify(seen.message)
      if (!text.includes(` of ${seen.call.canary}"`)) fail(`${callName(seen.call)} got what is not its own: ${text}`)
    }
  })
}

/** The calls of a line end with it. */
export const promptEnd: Promised = {
  invariant: 16,
  name: "when a connection ends, its pending calls end promptly",
  check: ({ scenario, world }, fail) => {
    const over: Array<{ readonly line: number; readonly at: number }> = []
    const retries = new Map(scenario.backends.map(({ spec }) => [spec.name, spec.retries]))
    const mayGoOn = (call: CallRecord) => call.repeatable && (retries.get(call.backend) ?? 0) > 0
    return {
      saw: (seen, at) => {
        if (seen._tag === "Over") over.push({ line: seen.line.line, at })
      },
      instant: (at) => {
        for (let first = over[0]; first !== undefined && at - first.at > promptMillis; first = over[0]) {
          over.shift()
          for (const call of world.open(first.line)) {
            if (!mayGoOn(call) && call.asked === undefined && call.givenBack === undefined)
              fail(`${callName(call)} still waits for line #${first.line}, which is over`)
          }
        }
      }
    }
  }
}

/** The gateway answers by its own deadline, whatever the server does. */
export const byDeadline: Promised = {
  invariant: 1,
  name: "every call has its outcome by the gateway's own deadline",
  check: ({ scenario, world }, fail) => {
    const specs = scenario.backends.map(({ spec }) => spec)
    const timeouts = new Map(specs.map(({ name, timeoutMillis }) => [name, timeoutMillis]))
    const graces = new Map(specs.map(({ isolation, name }) => [name, isolation === "session" ? handOverMillis : 0]))
    // A client may take longer than it has, and comes back to be told so.
    const patience = Math.max(0, ...specs.map(({ inputTimeoutMillis }) => inputTimeoutMillis)) * 1.5
    let instants = 0
    const look = (at: number) => {
      for (const call of world.oldest()) {
        const { asked = 0, askedAt, backend, givenBack = 0 } = call
        const limit = (asked + givenBack + 1) * (timeouts.get(backend) ?? 0) + asked * patience
        const grace = graceMillis + (graces.get(backend) ?? 0)
        if (at - askedAt > limit + grace + world.asleep)
          fail(`${callName(call)} has no outcome after ${Math.round(at - askedAt)} ms`)
      }
    }
    return { instant: (at) => (++instants % pauseInstants === 0 ? look(at) : undefined) }
  }
}

/** Before its deadline begins, a call may wait for the first lists of a gateway, or for the place of another session. */
const graceMillis = 2_000

/** Instants between two looks: each goes over all open calls. */
const pauseInstants = 8
