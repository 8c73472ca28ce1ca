import * as esbuild from "esbuild"
import { readFileSync } from "node:fs"
import * as path from "node:path"
import type { Mutant } from "./mutant.ts"

export const root = path.resolve(import.meta.dirname, "../..")

/** Where bundles are put. */
export const bundles = path.join(root, ".out", "mutants")

/** The name of the bundle without a defect. */
const sound = "sound"

/** The source file with the defect in it. Throws when the mutant is stale: its text is not there, or not only once. */
export const mutated = ({ file, find, name, replace }: Mutant): string => {
  const text = readFileSync(path.join(root, file), "utf8")
  const pieces = text.split(find)
  const [before, after] = pieces
  if (before === undefined || after === undefined || pieces.length !== 2) {
    const times = pieces.length - 1
    throw new Error(`mutant ${name} is stale: its text is ${times} times in ${file} and must be there once: ${find}`)
  }
  return `${before}${replace}${after}`
}

/**
 * Bundles simulator, gateway and models, with one defect or none, and answers the bundle's path. What is not ours stays
 * outside, so this takes a tenth of a second. Throws when the mutant is stale or is no program.
 */
export const bundle = async (mutant: Mutant | undefined, directory: string): Promise<string> => {
  const outfile = path.join(directory, `${mutant?.name ?? sound}.mjs`)
  try {
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: ["test/mutants/entry.ts"],
      outfile,
      bundle: true,
      platform: "node",
      target: "node22.19",
      format: "esm",
      packages: "external",
      define: { SENTINEL_VERSION: '"0.0.0"' },
      plugins: mutant === undefined ? [] : [patching(mutant)],
      logLevel: "silent"
    })
  } catch (error) {
    throw new Error(`mutant ${mutant?.name ?? sound} can't be built: ${String(error)}`, { cause: error })
  }
  return outfile
}

/** A file that nothing in the bundle needs can't be a defect of it: that is an error too. */
const patching = (mutant: Mutant): esbuild.Plugin => ({
  name: "mutant",
  setup: (build) => {
    const target = path.join(root, mutant.file)
    const contents = mutated(mutant)
    let isPatched = false
    // A narrow filter: each file that is asked about costs a way to this process and back.
    build.onLoad({ filter: new RegExp(`${path.basename(mutant.file, ".ts")}\\.ts$`) }, (args) => {
      if (args.path !== target) return undefined
      isPatched = true
      return { contents, loader: "ts" }
    })
    build.onEnd(() => (isPatched ? {} : { errors: [{ text: `${mutant.file} is not part of the simulation` }] }))
  }
})
