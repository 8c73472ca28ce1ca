import type { Principal } from "./Principal.ts"

const mark = "http:"

/**
 * What stands for the session of requests that stand alone (HTTP, stateless era). It is the same for all of one
 * principal, so that what a request leaves behind, such as a sealed `requestState`, is for that principal's next one.
 */
export const loneSession = ({ id }: Principal): string => mark + id

/** Whether this is the session of a request that stands alone. Ids that the edges make do not begin so. */
export const isLone = (sessionId: string): boolean => sessionId.startsWith(mark)
