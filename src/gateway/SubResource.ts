/**
 * Whether an update of `uri` concerns who watches `watched`: the resource itself or a part of it (MCP 2026-07-28,
 * schema, `ResourceUpdatedNotificationParams`: "might be a sub-resource"). A part begins where a path, query or
 * fragment does, so `note/10` is no part of `note/1`.
 */
export const concerns = (watched: string, uri: string): boolean => {
  if (uri === watched) return true
  if (!uri.startsWith(watched)) return false
  return watched.endsWith("/") || "/?#".includes(uri.charAt(watched.length))
}
