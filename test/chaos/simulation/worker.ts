import { parentPort } from "node:worker_threads"
import { runSeeds } from "./seeds.ts"

/** A range of seeds at a time, for as long as there are some. */
parentPort?.on("message", ({ count, from }: { readonly from: number; readonly count: number }) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(runSeeds(from, count))
})
