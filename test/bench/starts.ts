/** How long a target takes from spawn to the first list of tools. */
import { handshake, type Opening } from "./handshake.ts"
import type { Target } from "./targets.ts"

export const startOnce = async (target: Target, stateDir: string): Promise<Opening> => {
  const startedAt = performance.now()
  const client = await target.start(stateDir)
  try {
    return await handshake(client, startedAt)
  } finally {
    await client.close()
  }
}
