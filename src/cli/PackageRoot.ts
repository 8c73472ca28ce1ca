import * as path from "node:path"

/** Where the gateway is installed: the directory above dist/ or src/. */
export const packageRoot = path.resolve(import.meta.dirname, import.meta.dirname.endsWith("cli") ? "../.." : "..")

/**
 * What a client starts. By its whole path: `npx sentinel` in some other directory would take a package of that name from
 * the registry.
 */
export const launcher = path.join(packageRoot, "src", "sentinel.sh")
