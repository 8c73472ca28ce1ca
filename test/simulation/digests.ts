import { generate } from "../../src/simulation/Generate.ts"
import { simulate } from "../../src/simulation/Simulate.ts"

/** Run as a program: prints the digests of the seeds given, for another process to compare. */
process.stdout.write(
  process.argv
    .slice(2)
    .map((seed) => simulate(generate(Number(seed))).digest)
    .join("\n")
)
