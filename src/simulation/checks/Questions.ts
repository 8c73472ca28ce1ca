import type { Promised } from "../Check.ts"
import { askingTool } from "../Scenario.ts"
import { callName } from "./Outcomes.ts"

/** It goes on once for each answer, and each server gets the answer to what it has asked. */
export const ownAnswer: Promised = {
  invariant: 17,
  name: "a server gets one answer to each of its questions, and no other's",
  check: ({ servers }, fail) => {
    return {
      saw: (seen) => {
        if (seen._tag === "Heard" && seen.fault !== undefined)
          fail(`#${seen.line.line} heard ${seen.text}: ${seen.fault}`)
        if (seen._tag !== "Resumed") return
        const { asked = 0, resumed = 0 } = seen.call
        if (seen.fault !== undefined) fail(`${callName(seen.call)} goes on, and ${seen.fault}`)
        if (resumed > asked)
          fail(`${callName(seen.call)} went on ${resumed} times, and its client was asked ${asked} times`)
      },
      healed: () => {
        for (const { isSite, name, sessions } of servers()) {
          // Over HTTP a question may be lost with its stream.
          if (isSite) continue
          for (const { line, questions } of sessions) {
            for (const open of questions.open) fail(`${name} #${line.record.line} has no answer to ${open}`)
          }
        }
      }
    }
  }
}

/** A client that is asked something either answers, or is told that it need not. */
export const questionsEnd: Promised = {
  invariant: 1,
  name: "a question to a client is taken back when nobody waits for the answer any more",
  check: (_run, fail) => {
    const open = new Map<string, string>()
    return {
      saw: (seen) => {
        if (seen._tag === "Question") open.set(`${seen.client} ${seen.id}`, seen.text)
        if (seen._tag === "QuestionOver") open.delete(`${seen.client} ${seen.id}`)
      },
      healed: () => {
        for (const [client, text] of open) fail(`${client} is still asked ${text}`)
      }
    }
  }
}

/** Milliseconds in which a server hears that nobody will answer it; and until a deadline is noticed. */
const refusedMillis = 5
const deadlineMillis = 100

/** A server of which calls that may ask have ended: when to look at it, and what it was seen to wait for. */
interface Look {
  readonly due: number
  /** A question may just be on its way: only what is still open at the next look is too much. */
  readonly open: string | undefined
}

/** Which call a question belongs to the gateway can only guess; when none is left, nobody will answer. */
export const questionsOfEndedCalls: Promised = {
  invariant: 17,
  name: "a server is told that its question gets no answer when no call is left that it could belong to",
  check: ({ gateway, scenario, servers, world }, fail) => {
    const patience = new Map(scenario.backends.map(({ spec }) => [spec.name, spec.inputTimeoutMillis]))
    const looks = new Map<string, Look>()
    /** Until when the last question of a backend may be answered: with each the patience begins anew. */
    const patientUntil = new Map<string, number>()
    const openAt = (backend: string): string | undefined => {
      const server = servers().find(({ isSite, name }) => !isSite && name === backend)
      for (const { isStopped, line, questions } of server?.sessions ?? []) {
        const { line: number } = line.record
        if (isStopped || !world.alive.has(line.record) || world.open(number).next().done !== true) continue
        const open = questions.open.find((text) => text.includes(" of query-"))
        if (open !== undefined) return `#${number} has no answer to ${open}`
      }
      return undefined
    }
    const look = (backend: string, before: string | undefined, awake: number) => {
      const open = openAt(backend)
      looks.delete(backend)
      if (open === undefined) return
      if (open === before) fail(`${backend} ${open}, and the calls that it has are over`)
      else looks.set(backend, { due: awake + refusedMillis, open })
    }
    return {
      saw: (seen, at) => {
        if (seen._tag === "Sent" && seen.text.includes('"elicitation/create"')) {
          const { backend } = seen.line
          patientUntil.set(backend, at - world.asleep + (patience.get(backend) ?? 0) + deadlineMillis)
        }
        if ((seen._tag !== "Cancelled" && seen._tag !== "Replied") || seen.call.tool !== askingTool) return
        const { backend, isAway = false } = seen.call
        // Who is away to answer, and does not come back, can't say so.
        const millis = isAway ? (patience.get(backend) ?? 0) + deadlineMillis : refusedMillis
        const due = Math.max(at - world.asleep + millis, looks.get(backend)?.due ?? 0)
        looks.set(backend, { due, open: undefined })
      },
      instant: (at) => {
        if (gateway() === undefined) looks.clear()
        const awake = at - world.asleep
        for (const [backend, { due, open }] of looks)
          if (awake >= Math.max(due, patientUntil.get(backend) ?? 0)) look(backend, open, awake)
      }
    }
  }
}

/** A canary, or what a question calls it: the first number is that of its client. */
const owners = /(?:canary|query)-(\d+)-\d+/g

/** Logs, progress, questions: nobody is told of what others do. */
export const toldOwnOnly: Promised = {
  invariant: 17,
  name: "a client is told nothing of the calls of others",
  check: ({ scenario }, fail) => {
    const numbers = new Map(scenario.clients.map(({ name }, number) => [name, String(number)]))
    return {
      saw: (seen) => {
        if (seen._tag !== "Told" && seen._tag !== "Question") return
        for (const [canary, owner] of seen.text.matchAll(owners)) {
          if (owner !== numbers.get(seen.client))
            fail(`${seen.client} is told of ${canary}: ${seen.text.slice(0, 300)}`)
        }
      }
    }
  }
}

/** The process of a session works for nobody else, and that of a lone caller for nobody but its principal. */
export const processIsPrivate: Promised = {
  invariant: 17,
  name: "a process of one session serves no other, nor one principal another",
  check: ({ scenario }, fail) => {
    const callers = new Map(
      scenario.clients.map(({ kind, name, principal = "" }) => [
        name,
        kind === "lone" ? `the caller ${principal}` : name
      ])
    )
    const served = new Map<number, string>()
    return {
      saw: (seen) => {
        if (seen._tag !== "Written" || seen.call === undefined || seen.line.session === undefined) return
        const { line } = seen.line
        const caller = callers.get(seen.call.client) ?? ""
        const other = served.get(line)
        if (other !== undefined && other !== caller) fail(`#${line} serves ${other} and ${caller}`)
        served.set(line, caller)
      }
    }
  }
}
