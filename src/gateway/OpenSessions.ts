import { Cells } from "../machine/Cells.ts"
import type { ListMethod, ListTexts } from "./ListTexts.ts"
import type { RouterHands } from "./RouterHands.ts"
import { Seen } from "./Seen.ts"
import type { SessionPort } from "./SessionPort.ts"
import type { Views } from "./Views.ts"

/** How long changes are gathered before clients hear of them (protocol notes: 100 to 500 ms). */
export const announceMillis = 150

/** The sessions that are open, with what each has seen of the lists: each hears of what has changed for it. */
export class OpenSessions {
  readonly #views: Views
  readonly #setTimer: RouterHands["setTimer"]
  readonly #sessions = new Cells<string, { readonly session: SessionPort; readonly seen: Seen }>()
  #announcing = false

  constructor(views: Views, setTimer: RouterHands["setTimer"]) {
    this.#views = views
    this.#setTimer = setTimer
  }

  get(sessionId: string): SessionPort | undefined {
    return this.#sessions.get(sessionId)?.session
  }

  opened(session: SessionPort): void {
    this.#sessions.set(session.id, { session, seen: new Seen(this.#views.common(session.scope).texts) })
  }

  closed(session: SessionPort): void {
    this.#sessions.delete(session.id)
  }

  /** A session gets this list now. */
  listed(sessionId: string, method: ListMethod, texts: ListTexts): void {
    this.#sessions.get(sessionId)?.seen.listed(method, texts)
  }

  /** Something may have changed: it is announced after a pause, with whatever else changes until then. */
  changed(): void {
    if (this.#announcing) return
    this.#announcing = true
    this.#setTimer("announce", announceMillis)
  }

  /** The pause is over. */
  announce(): void {
    this.#announcing = false
    for (const { seen, session } of this.#sessions.values()) {
      const viewer = { sessionId: session.id, capabilities: session.capabilities(), scope: session.scope }
      const { texts } = this.#views.of(viewer)
      const changes = seen.changes(texts)
      if (changes !== undefined) session.listsChanged(changes)
    }
  }
}
