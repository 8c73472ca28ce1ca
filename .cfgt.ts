import { decode } from "./src/config/Decode.ts"
import { renderAll } from "./src/config/Problem.ts"
import { readFileSync } from "node:fs"
const r = decode(readFileSync(process.argv[2]!, "utf8"), process.argv[2]!, process.env)
process.stdout.write(r._tag === "Failure" ? renderAll(r.failure) : JSON.stringify(r.success, null, 1)); process.stdout.write("\n")
