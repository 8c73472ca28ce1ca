import type { Mutant } from "../mutant.ts"

const inFlight = "src/backend/InFlight.ts"
const lostCall = "src/backend/LostCall.ts"

/** The calls of a backend and of a client, from their acceptance to their single end. */
export const callMutants: ReadonlyArray<Mutant> = [
  {
    name: "write-retried",
    invariant: 3,
    file: lostCall,
    find: "const safe = alone?.sent === false || entry.addressed.repeatable",
    replace: "const safe = true",
    why: "a call that may have been done is sent again"
  },
  {
    name: "retried-without-bound",
    invariant: 3,
    file: lostCall,
    find: "if (!safe || entry.attempts >= retries) return false",
    replace: "if (!safe) return false",
    why: "a call that may be repeated is, without end"
  },
  {
    name: "retry-not-counted",
    invariant: 3,
    file: lostCall,
    find: "  entry.attempts++\n",
    replace: "",
    why: "each attempt is the first"
  },
  {
    name: "retry-forgotten",
    invariant: 1,
    file: inFlight,
    find: "return this.#queue.push(ownerOf(entry.addressed), entry)",
    replace: "return",
    why: "a call that is to be repeated is put nowhere"
  },
  {
    name: "retry-never-put-out",
    invariant: 1,
    file: inFlight,
    find: "    this.#unsettled = true\n",
    replace: "",
    why: "a call that is to be repeated waits for somebody else's reply"
  },
  {
    name: "certainty-not-sent-after-write",
    invariant: 16,
    file: "src/backend/CallEnd.ts",
    find: "written ? Refusals.unknown(refusal) : Refusals.notSent(refusal)",
    replace: "Refusals.notSent(refusal)",
    why: "a call that may have been done is said not to be sent"
  },
  {
    name: "certainty-unknown-unwritten",
    invariant: 16,
    file: "src/backend/CallEnd.ts",
    find: "written ? Refusals.unknown(refusal) : Refusals.notSent(refusal)",
    replace: "Refusals.unknown(refusal)",
    why: "a call that never left is said to be unknown"
  },
  {
    name: "certainty-of-last-attempt",
    invariant: 16,
    file: "src/backend/Entry.ts",
    find: "this.written = true\n    this.wireId",
    replace: "this.written = line.connection.pending > 0\n    this.wireId",
    why: "the only call on a line is said not to be sent"
  },
  {
    name: "certainty-forgets-first-attempt",
    invariant: 16,
    file: inFlight,
    find: "      entry.wireId = undefined\n      entry.line = undefined",
    replace: "      entry.written = false\n      entry.wireId = undefined\n      entry.line = undefined",
    why: "a call that was sent, and then waits for its repeat in vain, is said not to be sent"
  },
  {
    name: "certainty-unknown-unreached",
    invariant: 16,
    file: "src/backend/Entry.ts",
    find: "    this.written = this.#writtenBefore\n",
    replace: "",
    why: "a call that surely did not reach the backend is said to be unknown"
  },
  {
    name: "pending-call-lost",
    invariant: 16,
    file: "src/backend/Connection.ts",
    find: "const pending = [...this.#pending.keys()]",
    replace: "const pending = [...this.#pending.keys()].slice(1)",
    why: "of the calls that end with their connection the first is forgotten"
  },
  {
    name: "pending-calls-left",
    invariant: 16,
    file: "src/backend/BackendActor.ts",
    find: "    this.#relisting.detach()\n    connection.lose(reason)",
    replace: "    this.#relisting.detach()",
    why: "the calls of a dead connection wait for their deadlines"
  },
  {
    name: "deadline-never-set",
    invariant: 1,
    file: inFlight,
    find: "    this.#context.setDeadline(entry.serial, spec.timeoutMillis)\n",
    replace: "",
    why: "a call that gets no reply waits for ever"
  },
  {
    name: "deadline-only-first",
    invariant: 1,
    file: inFlight,
    find: "for (const serial of serials) this.#expireOne(serial)",
    replace: "for (const serial of serials.slice(0, 1)) this.#expireOne(serial)",
    why: "of the calls whose deadlines pass at once one is ended"
  },
  {
    name: "cancel-not-forwarded",
    invariant: 1,
    file: inFlight,
    find: '    line.connection.notify("notifications/cancelled", { requestId: wireId, reason })\n',
    replace: "",
    why: "a backend works on what nobody wants any more"
  },
  {
    name: "cancel-answered",
    invariant: 1,
    file: inFlight,
    find: '    this.#end(entry, { _tag: "Cancelled", sent: entry.written })',
    replace: "    this.#end(entry, unanswered(entry, Refusals.stopping(this.#context.spec.name)))",
    why: "a cancelled call gets a reply all the same"
  },
  {
    name: "cancelled-call-begun",
    invariant: 1,
    file: inFlight,
    find: "if (line === undefined) this.#queue.remove(ownerOf(entry.addressed), entry)",
    replace: "",
    why: "a call that was cancelled while it waited is sent when its turn comes"
  },
  {
    name: "cancel-ignored-in-mailbox",
    invariant: 1,
    file: "src/backend/BackendActor.ts",
    find: '    if (message.addressed.call.ended) return message.addressed.call.settle({ _tag: "Cancelled", sent: false })\n',
    replace: "",
    why: "a call that was cancelled before the backend had seen it is begun"
  },
  {
    name: "cancel-ends-nothing",
    invariant: 32,
    file: "src/gateway/RunningCall.ts",
    find: "if (this.holder !== undefined) this.holder.cancel(this)\n    else",
    replace: "",
    why: "who has a cancelled call is not told"
  },
  {
    name: "queue-bound-ignored",
    invariant: 32,
    file: inFlight,
    find: "if (this.#queue.size < bounds.queued) return true",
    replace: "if (bounds.queued > 0) return true",
    why: "any number of calls may wait for a backend"
  },
  {
    name: "in-flight-bound-ignored",
    invariant: 32,
    file: "src/backend/Permits.ts",
    find: "return this.#out < this.#context.spec.bounds.inFlight",
    replace: "return true",
    why: "a backend gets any number of calls at once"
  },
  {
    name: "queue-of-the-greedy",
    invariant: 42,
    file: "src/machine/FairQueue.ts",
    find: "if (stays && cells.size === 1) return",
    replace: "if (stays) return",
    why: "who has put in the most calls keeps its turn until it has none"
  },
  {
    name: "queue-full-of-one",
    invariant: 42,
    file: inFlight,
    find: "const displaced = this.#queue.displace(ownerOf(newcomer), ({ written }) => !written)",
    replace: "const displaced: Entry | undefined = undefined",
    why: "one client's calls fill the queue, and no other gets in"
  },
  {
    name: "displaced-call-forgotten",
    invariant: 1,
    file: inFlight,
    find: "    this.#end(displaced, Refusals.notSent(Refusals.gaveWay(name, bounds.queued)))\n",
    replace: "",
    why: "a call that gives way to another client's gets no answer"
  },
  {
    name: "queue-starves",
    invariant: 42,
    file: inFlight,
    find: "    if (this.#queue.size > 0) this.#pump()\n",
    replace: "",
    why: "a reply makes room, and nobody gets it"
  },
  {
    name: "queue-forgotten-on-ready",
    invariant: 1,
    file: inFlight,
    find: "    this.#line = line\n    this.#pump()",
    replace: "    this.#line = line",
    why: "what waits for a backend to be up goes on waiting when it is"
  },
  {
    name: "queue-dropped-when-down",
    invariant: 1,
    file: inFlight,
    find: "this.#end(entry, unanswered(entry, refusal))\n      }\n    }\n  }",
    replace: "this.#discard(entry)\n      }\n    }\n  }",
    why: "calls that wait for a backend which is quarantined get no answer"
  },
  {
    name: "quarantined-calls-wait",
    invariant: 1,
    file: "src/backend/BackendActor.ts",
    find: "if (refusal !== undefined && !this.inFlight.recognises(message.addressed)) {",
    replace: "if (false) {",
    why: "a call to a backend that is down for longer waits for its deadline"
  },
  {
    name: "load-leaks",
    invariant: 32,
    file: "src/gateway/SessionCalls.ts",
    find: "    this.#share.end()\n",
    replace: "",
    why: "calls that have ended count against the gateway's bound for ever"
  },
  {
    name: "load-of-lone-posts-leaks",
    invariant: 32,
    file: "src/gateway/LonePosts.ts",
    find: "    this.#leave()\n    if",
    replace: "    if",
    why: "lone requests that have ended count against the gateway's bound for ever"
  },
  {
    name: "reply-to-wrong-id",
    invariant: 1,
    file: "src/gateway/SessionCalls.ts",
    find: "else this.#line.reply(call.id, frame)",
    replace: 'else this.#line.reply(call.id, frame.replace(/"id":(\\d+)/, (_, id) => `"id":${Number(id) + 1}`))',
    why: "a reply goes out under the id of another request"
  },
  {
    name: "reply-twice",
    invariant: 1,
    file: "src/gateway/SessionCalls.ts",
    find: "else this.#line.reply(call.id, frame)",
    replace: "else { this.#line.reply(call.id, frame); this.#line.reply(call.id, frame) }",
    why: "every reply is sent twice"
  },
  {
    name: "session-leaves-calls",
    invariant: 32,
    file: "src/gateway/SessionCalls.ts",
    find: "    for (const call of this.#running.values()) call.cancel()\n",
    replace: "",
    why: "what a client had running goes on when it is gone"
  },
  {
    name: "reply-dropped-by-reader",
    invariant: 1,
    file: "src/protocol/Framing.ts",
    find: "    this.pieces.push(this.blockReused ? Buffer.from(piece) : piece)",
    replace: "    this.pieces = [piece]",
    why: "of a reply that comes in pieces only the last is kept"
  }
]
