import type { Mutant } from "../mutant.ts"

const questions = "src/backend/Questions.ts"

/** What backends ask and tell, and who hears it. */
export const questionMutants: ReadonlyArray<Mutant> = [
  {
    name: "held-call-lost",
    invariant: 1,
    file: "src/backend/HeldCalls.ts",
    find: "    if (this.attached === undefined) this.finished = outcome\n    else",
    replace: "    if (this.attached !== undefined)",
    why: "the outcome of a call whose client answers a question is forgotten"
  },
  {
    name: "held-call-redeemed-twice",
    invariant: 8,
    file: "src/backend/HeldCalls.ts",
    find: "    this.forget(held)\n    held.attached = call",
    replace: "    held.attached = call",
    why: "the handle of a held call can be used again"
  },
  {
    name: "held-call-without-deadline",
    invariant: 25,
    file: questions,
    find: "    this.#context.setDeadline(entry.serial, inputTimeoutMillis)\n",
    replace: "    this.#context.setDeadline(entry.serial, 1e9)\n",
    why: "a client that never answers holds its call, and the room of that, for ever"
  },
  {
    name: "answer-forgotten",
    invariant: 17,
    file: questions,
    find: "if (asker !== undefined) deliverAnswers(",
    replace: "if (asker === undefined) deliverAnswers(",
    why: "what the client answered does not get to the backend"
  },
  {
    name: "answer-to-next-process",
    invariant: 17,
    file: questions,
    find: "entry.line?.connection === line?.connection ? line?.connection : undefined",
    replace: "line?.connection",
    why: "an answer goes to the process that took the place of the one that asked"
  },
  {
    name: "questions-left-open",
    invariant: 17,
    file: questions,
    find: "for (const { id } of held?.questions.values() ?? []) connection.refuse(id, jsonRpcCodes.internalError, reason)",
    replace: "",
    why: "a backend waits for the answer to a call that is cancelled"
  },
  {
    name: "question-without-client",
    invariant: 17,
    file: "src/backend/Unasked.ts",
    find: "      return connection.refuse(id, jsonRpcCodes.methodNotFound, `${method} needs isolation",
    replace: "      return void (`${method} needs isolation",
    why: "a backend that serves many asks something, and gets no answer"
  },
  {
    name: "question-not-taken-back",
    invariant: 1,
    file: "src/gateway/ClientQuestions.ts",
    find: "    for (const wireId of [...(this.#byRequest.get(id)?.open ?? [])]) this.withdraw(wireId, reason)\n",
    replace: "",
    why: "a client is asked for a call that it has cancelled"
  },
  {
    name: "progress-to-wrong-call",
    invariant: 17,
    file: "src/backend/Connection.ts",
    find: 'if (typeof token === "string") this.#pending.get(token)?.waiter.progress(params)',
    replace: 'if (typeof token === "string") [...this.#pending.values()].at(-1)?.waiter.progress(params)',
    why: "how far a call is is told to whoever called last"
  },
  {
    name: "log-to-all",
    invariant: 17,
    file: "src/backend/Attribution.ts",
    find: "if (calls[0] !== undefined && !isSameClient(calls[0], call)) return true",
    replace: "",
    why: "what a backend logs while it works for several clients is told to one of them"
  },
  {
    name: "log-of-ended-call-passed",
    invariant: 17,
    file: "src/backend/InFlight.ts",
    find: '    if (entry.written && this.#context.spec.launch.type === "http") this.#leaves(entry)\n',
    replace: "",
    why: "what a server logs late about a call that is over goes to whoever has one"
  },
  {
    name: "question-of-gone-server-kept",
    invariant: 1,
    file: "src/backend/Unasked.ts",
    find: "for (const withdraw of open) withdraw()",
    replace: "",
    why: "a client goes on being asked for a server that is gone"
  }
]
