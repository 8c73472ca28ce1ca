import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { chmodSync, linkSync, lstatSync, renameSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import type { Server, Socket } from "node:net"
import * as path from "node:path"
import { reach } from "./ServerLine.ts"

/** Another gateway that serves the same state directory is alive. */
export class SocketTaken extends Schema.TaggedError<SocketTaken>()("SocketTaken", {
  file: Schema.String,
  /** Undefined: it does not say. */
  pid: Schema.optional(Schema.Number),
  reason: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const who = this.pid === undefined ? `a process that can't be asked (${this.reason})` : `process ${this.pid}`
    return (
      `a gateway serves this state directory already: ${who} listens at ${this.file}; ` +
      "end it first, or give this one a state directory of its own (state_dir in [gateway], or $SENTINEL_STATE_DIR)"
    )
  }
}

/** No socket can be made there. */
export class SocketUnusable extends Schema.TaggedError<SocketUnusable>()("SocketUnusable", {
  file: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.file} can't be listened at: ${this.reason}`
  }
}

/** How often a dead predecessor's socket is looked for: more than one start at a time may do so. */
export const claimAttempts = 4

/**
 * Listens at `file`, for this user alone, until the scope closes. The socket is made under another name and linked to
 * its own only when it listens, with its mode set: so nobody can connect too early, and a socket there that refuses is
 * one whose gateway has ended. That one, and only that one, is removed.
 */
export const claim = (
  file: string,
  onSocket: (socket: Socket) => void
): Effect.Effect<void, SocketTaken | SocketUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    const draft = path.join(path.dirname(file), `.g${process.pid}`)
    const server = createServer(onSocket)
    yield* Effect.acquireRelease(listening(server, draft), () => Effect.sync(() => void server.close()))
    yield* attempt(file, () => chmodSync(draft, 0o600))
    yield* Effect.acquireRelease(linked(draft, file), (own) => Effect.sync(() => unlinkIfSame(file, own)))
    yield* attempt(file, () => rmSync(draft, { force: true }))
  })

/** What tells one socket from another at the same path. */
interface Identity {
  readonly ino: number
  readonly mtimeMs: number
}

const listening = (server: Server, draft: string): Effect.Effect<void, SocketUnusable> =>
  Effect.callback((resume) => {
    // Left by a process that had our number and was killed at this very point.
    rmSync(draft, { force: true })
    // Later ones, such as no more file descriptors for a client, end nothing but that client.
    server.on("error", ({ message }) => resume(Effect.fail(new SocketUnusable({ file: draft, reason: message }))))
    server.listen(draft, () => resume(Effect.void))
  })

const linked = Effect.fnUntraced(function* (draft: string, file: string) {
  for (let attempts = 0; attempts < claimAttempts; attempts++) {
    if (yield* attempt(file, () => link(draft, file))) return yield* attempt(file, () => lstatSync(file))
    yield* removeDead(file, draft)
  }
  return yield* new SocketTaken({ file, pid: undefined, reason: "others start at the same time" })
})

/** False: there is something of that name. */
const link = (draft: string, file: string): boolean => {
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false
    throw error
  }
}

const removeDead = Effect.fnUntraced(function* (file: string, draft: string) {
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) return yield* new SocketUnusable({ file, reason: "something else than a socket is there" })
  const reached = yield* reach(file).pipe(
    Effect.catch(({ dead, reason }) =>
      dead ? Effect.undefined : Effect.fail(new SocketTaken({ file, pid: undefined, reason }))
    )
  )
  if (reached === undefined) return yield* attempt(file, () => takeAway(file, found, `${draft}d`))
  reached.line.socket.destroy()
  return yield* new SocketTaken({ file, pid: reached.hello.pid })
})

/** Removes the socket that was found dead. Another that has taken its place meanwhile is put back. */
const takeAway = (file: string, dead: Identity, aside: string): void => {
  renameSync(file, aside)
  if (!isSame(lstatSync(aside), dead)) link(aside, file)
  rmSync(aside, { force: true })
}

const unlinkIfSame = (file: string, own: Identity): void => {
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (found !== undefined && isSame(found, own)) rmSync(file, { force: true })
}

const isSame = (one: Identity, other: Identity): boolean => one.ino === other.ino && one.mtimeMs === other.mtimeMs

const attempt = <A>(file: string, work: () => A): Effect.Effect<A, SocketUnusable> =>
  Effect.try({
    try: work,
    catch: (cause) => new SocketUnusable({ file, reason: cause instanceof Error ? cause.message : String(cause) })
  })
