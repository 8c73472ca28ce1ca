/**
 * Bundles the gateway into dist/ (run by `npm ci` through the prepare script, or `npm run build`).
 *
 * Why a bundle: from source the process takes 300 to 500 ms and over 100 MB to start, bundled 50 to 70 ms and about
 * 60 MB. Code splitting keeps what a mode does not need out of its start. The new files are put in place one by one,
 * the entry last, so that a gateway that starts meanwhile finds a whole bundle.
 */
import * as esbuild from "esbuild"
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")
const dist = path.join(root, "dist")
const draft = path.join(root, ".out", `build-${process.pid}`)
const entry = "sentinel.mjs"
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
// undici is CommonJS: bundled, its calls of `require` for Node's own modules need one.
const banner = { js: 'import{createRequire as $require}from"node:module";const require=$require(import.meta.url);' }
await esbuild.build({ ...common, banner, entryPoints: { sentinel: "src/main.ts" }, minify: true, splitting: true })
// The library: whoever composes Layers has an Effect of their own, and there must be only one.
await esbuild.build({ ...common, entryPoints: { index: "src/index.ts" }, packages: "external" })
mkdirSync(dist, { recursive: true })
const files = readdirSync(draft)
for (const file of files.toSorted((a, b) => Number(a === entry) - Number(b === entry))) {
  renameSync(path.join(draft, file), path.join(dist, file))
}
for (const file of readdirSync(dist)) if (!files.includes(file)) rmSync(path.join(dist, file), { force: true })
rmSync(draft, { recursive: true, force: true })
