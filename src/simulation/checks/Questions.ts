import type { Promised } from "../Check.ts"
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
