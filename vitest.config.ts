import { defineConfig } from "vitest/config"
import type { Reporter, TestModule } from "vitest/node"

/** Ends the output with one plain line a person and a CI can read: how many tests passed and failed. */
const closingLine: Reporter = {
  onTestRunEnd(modules: ReadonlyArray<TestModule>) {
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      if (module.state() === "failed" && [...module.children.allTests()].length === 0) count.failed++
      for (const test of module.children.allTests()) {
        const state = test.result().state
        if (state === "passed" || state === "failed" || state === "skipped") count[state]++
      }
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ""
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`)
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", closingLine],
    pool: "forks",
    maxWorkers: 2,
    // A process and its modules for all files that it runs, not for each: a third of the time. No test leaves anything
    // behind that another one could see.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    globalSetup: ["test/fixtures/globalSetup.ts"]
  }
})
