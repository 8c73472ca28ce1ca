import type { Mutant } from "../mutant.ts"

const connection = "src/backend/Connection.ts"
const link = "src/backend/Link.ts"

/** Connections: which of them a message belongs to, and that nothing of one is left. */
export const lineMutants: ReadonlyArray<Mutant> = [
  {
    name: "ids-without-epoch",
    invariant: 17,
    file: connection,
    find: "return `sg:${this.epoch}:${++this.#sequence}`",
    replace: "return `sg:${++this.#sequence}`",
    why: "the ids of one connection come again on the next, and late replies fit"
  },
  {
    name: "stray-reply-taken",
    invariant: 17,
    file: connection,
    find: 'typeof message.id === "string" ? this.#pending.get(message.id) : undefined',
    replace:
      'typeof message.id === "string" ? (this.#pending.get(message.id) ?? [...this.#pending.values()][0]) : undefined',
    why: "a reply to nothing goes to the call that waits longest"
  },
  {
    name: "replies-in-order",
    invariant: 17,
    file: connection,
    find: 'typeof message.id === "string" ? this.#pending.get(message.id) : undefined',
    replace: "[...this.#pending.values()][0]",
    why: "replies are taken to come in the order of the requests"
  },
  {
    name: "late-reply-accepted",
    invariant: 32,
    file: connection,
    find: "  forget(id: string): boolean {\n    return this.#pending.delete(id)",
    replace: "  forget(id: string): boolean {\n    return this.#pending.has(id)",
    why: "a reply after the deadline or the cancellation is still waited for"
  },
  {
    name: "reply-taken-twice",
    invariant: 25,
    file: connection,
    find: "    this.#pending.delete(message.id)\n    this.#repliesSeen++",
    replace: "    this.#repliesSeen++",
    why: "a reply that comes twice is taken twice"
  },
  {
    name: "loss-ignored",
    invariant: 16,
    file: link,
    find: '      mailbox.tellVital({ _tag: "Lost", epoch, reason, renewable, unsent })\n      onGone()',
    replace: "",
    why: "nobody hears that the other side is gone"
  },
  {
    name: "loss-told-late",
    invariant: 16,
    file: link,
    find: '      mailbox.tellVital({ _tag: "Lost", epoch, reason, renewable, unsent })\n',
    replace: "",
    why: "calls of a dead process end only when it has been cleaned up"
  },
  {
    name: "exit-untold",
    invariant: 38,
    file: "src/backend/Backend.ts",
    find: "        const ended = (exit: Exit.Exit<void>) => {\n          links.delete(epoch)\n",
    replace:
      "        const ended = (exit: Exit.Exit<void>) => {\n          links.delete(epoch)\n          if (epoch > 1) return\n",
    why: "the end of a second connection is not reported"
  },
  {
    name: "leaked-child",
    invariant: 12,
    file: link,
    find: "    ),\n    Effect.scoped\n  )",
    replace: "    )\n  )",
    why: "a process is let go of, but not ended, when its connection is"
  },
  {
    name: "child-left-on-stop",
    invariant: 18,
    file: "src/backend/Backend.ts",
    find: "return Effect.map(forkIn(scope, `connection ${epoch} of ${name}`, link, ended), (fiber) => {",
    replace:
      "return Effect.map(forkIn(Scope.makeUnsafe(), `connection ${epoch} of ${name}`, link, ended), (fiber) => {",
    why: "the gateway's stop does not wait for the processes"
  },
  {
    name: "disconnect-forgotten",
    invariant: 38,
    file: "src/backend/Backend.ts",
    find: "disconnect: (epoch) => links.get(epoch)?.interruptUnsafe(),",
    replace: "disconnect: () => undefined,",
    why: "a connection that is to end goes on"
  },
  {
    name: "supervisor-stops-nobody",
    invariant: 18,
    file: "src/kernel/Supervisor.ts",
    find: "yield* Effect.addFinalizer(() => stop)",
    replace: "",
    why: "the gateway ends and its children do not"
  }
]
