import type { BackendSettings } from "../backend/BackendSettings.ts"
import type { Slot } from "../backend/Transport.ts"
import type { Launch } from "../kernel/Launcher.ts"
import type { Mailbox } from "../kernel/Mailbox.ts"
import { nobody } from "./ClientQuestions.ts"
import { logLife } from "./LifeLog.ts"
import type { RouterMessage } from "./RouterMessage.ts"

/** What a backend reports becomes a message to the router; `slotKey` is that of a per-session connection. */
export const reportsTo = (
  mailbox: Mailbox<RouterMessage>,
  launch: Launch<never>,
  { backend, session }: Slot,
  slotKey: string | undefined
): BackendSettings["events"] => ({
  onCatalog: (catalog, peer) => void mailbox.tellVital({ _tag: "Catalog", backend, slot: slotKey, catalog, peer }),
  onLife: (from, to) => {
    mailbox.tellVital({ _tag: "Life", backend, slot: slotKey, from, to })
    const name = session === undefined ? backend : `${backend}/${session}`
    launch("log", logLife(name, from, to))
  },
  onResourceUpdated: (params) => void mailbox.tellUrgent({ _tag: "ResourceUpdated", backend, slot: slotKey, params }),
  onQuestion: (question) => {
    if (!mailbox.tellUrgent({ _tag: "Question", backend, slot: slotKey, question })) nobody(question)
  },
  onNotice: (method, params) => void mailbox.tellUrgent({ _tag: "Notice", backend, slot: slotKey, method, params })
})
