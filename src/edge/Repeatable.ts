/**
 * Whether a request can simply be done again by another gateway: it only asks what there is, or it says how things are
 * to be from now on. Never a call of a tool (INV-3), nor anything that a backend may count.
 */
export const mayRepeat = (method: string): boolean => repeatable.has(method)

const repeatable: ReadonlySet<string> = new Set([
  "initialize",
  "ping",
  "server/discover",
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "logging/setLevel",
  "resources/subscribe",
  "resources/unsubscribe",
  "subscriptions/listen"
])
