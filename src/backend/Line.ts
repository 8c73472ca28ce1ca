import type { Dialect } from "../protocol/Upstream.ts"
import type { Connection } from "./Connection.ts"

/** A line that can take calls: a connection whose handshake is done, and how its backend speaks. */
export interface Line {
  readonly connection: Connection
  readonly dialect: Dialect
}
