/**
 * Bundles the gateway into dist/ (run by `npm ci` through the prepare script, or `npm run build`).
 *
 * Why a bundle: from source the process takes 300 to 500 ms and over 100 MB to start, bundled 50 to 70 ms and about
 * 60 MB. Code splitting keeps what a mode does not need out of its start. The new files are put in place one by one,
 * the entry last, so that a gateway that starts meanwhile finds a whole bundle. Beside it come the types of the library
 * (dist/types): source that imports `.ts` compiles in this project only.
 */
import * as esbuild from "esbuild"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")
const dist = path.join(root, "dist")
const draft = path.join(root, ".out", `build-${process.pid}`)
const entry = "sentinel.mjs"
const types = "types"
const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string }

const common: esbuild.BuildOptions = {
  absWorkingDir: root,
  outdir: draft,
  bundle: true,
  platform: "node",
  target: "node22.19",
  format: "esm",
  legalComments: "none",
  outExtension: { ".js": ".mjs" },
  define: { SENTINEL_VERSION: JSON.stringify(version) },
  logLevel: "warning"
}
/** Made beside the bundles. Unchecked, because `npm run typecheck` does that: a build needs no more than 1 s for them. */
const emitTypes = () => {
  const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc")
  const tsconfig = path.join(root, "src/tsconfig.types.json")
  const args = [tsc, "--project", tsconfig, "--outDir", path.join(draft, types)]
  return once(spawn(process.execPath, args, { stdio: "inherit" }), "exit")
}
const typesMade = emitTypes()

// undici is CommonJS: bundled, its calls of `require` for Node's own modules need one.
const banner = { js: 'import{createRequire as $require}from"node:module";const require=$require(import.meta.url);' }
await esbuild.build({ ...common, banner, entryPoints: { sentinel: "src/main.ts" }, minify: true, splitting: true })
// The library: whoever composes Layers has an Effect of their own, and there must be only one. What its two entries have
// in common is there once, too.
const library = { index: "src/index.ts", testing: "src/testing.ts" }
await esbuild.build({ ...common, entryPoints: library, packages: "external", splitting: true })
const [code] = await typesMade
if (code !== 0) throw new Error("the types of the library could not be made")
mkdirSync(dist, { recursive: true })
const files = readdirSync(draft)
for (const file of files.toSorted((a, b) => Number(a === entry) - Number(b === entry))) {
  // A directory does not replace another.
  if (file === types) rmSync(path.join(dist, types), { recursive: true, force: true })
  renameSync(path.join(draft, file), path.join(dist, file))
}
for (const file of readdirSync(dist))
  if (!files.includes(file)) rmSync(path.join(dist, file), { recursive: true, force: true })
rmSync(draft, { recursive: true, force: true })
