import { fileURLToPath } from "node:url"
import { legacyBackend, type BackendTable } from "../fixtures/gateway.ts"

const attacker = fileURLToPath(new URL("attacker.ts", import.meta.url))

/** A `[[backends]]` table for the backend that means harm. */
export const attackerBackend = (name: string, mode = "", options: BackendTable = {}): BackendTable => ({
  ...legacyBackend(name),
  args: [attacker, "--name", name, "--mode", mode],
  restart_base_ms: 10,
  ...options
})
