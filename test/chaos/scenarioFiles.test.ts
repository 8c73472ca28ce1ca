import { assert, describe, it } from "@effect/vitest"
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { generate } from "../../src/simulation/Generate.ts"
import { OptionError } from "./options.ts"
import { replayFile } from "./simulation/replay.ts"
import { scenarioProblem } from "./simulation/scenarioProblem.ts"

/** A scenario as text, in which one thing was changed by hand. */
type Slip = readonly [name: string, from: string | RegExp, to: string, complaint: string]

const found = path.resolve(import.meta.dirname, "../simulation/found")

/** With a backend over HTTP, a client and three acts. */
const good = JSON.stringify({
  seed: 7,
  millis: 9_000,
  backends: generate(1)
    .backends.slice(0, 1)
    .map((plan) => ({ ...plan, isCalm: false })),
  clients: [{ name: "c0", kind: "lone" }],
  acts: [
    { at: 10, _tag: "Call", client: 0, backend: 0, tool: 1, count: 2 },
    { at: 20, _tag: "Fault", backend: 0, fault: { _tag: "Stop", millis: 50 } },
    { at: 30, _tag: "SiteFault", backend: 0, fault: { _tag: "Hang", requests: 1 } }
  ]
})

const slips: ReadonlyArray<Slip> = [
  ["an act that there is not", '"Call"', '"explode"', 'acts[0]._tag: "explode"; allowed: Call, Cancel, List, Watch,'],
  ["an act without a kind", '"_tag":"Call",', "", "acts[0]._tag: nothing; allowed: Call"],
  ["a fault that there is not", '"Stop"', '"Halt"', 'acts[1].fault._tag: "Halt"; allowed: Crash,'],
  ["a fault of the way that there is not", '"Hang"', '"Stop"', 'acts[2].fault._tag: "Stop"; allowed: Refuse,'],
  [
    "a client that is not there",
    '"client":0',
    '"client":99',
    "acts[0].client: 99; allowed: a whole number from 0 to 0"
  ],
  ["a backend that is not there", '"backend":0', '"backend":99', "acts[0].backend: 99; allowed: a whole number from 0"],
  ["clients that are none", /"clients":\[.*?\]/, '"clients":[5,"x"]', "clients[0]: 5; allowed: an object"],
  ["no clients", /"clients":\[.*?\]/, '"clients":[]', "clients: []; allowed: a list of at least 1"],
  [
    "no backends",
    /"backends":\[.*\],"clients"/,
    '"backends":[],"clients"',
    "backends: []; allowed: a list of at least 1"
  ],
  [
    "an era that there is not",
    /"era":"\w+"/,
    '"era":"modern"',
    'backends[0].era: "modern"; allowed: stateful, stateless'
  ],
  [
    "an isolation that there is not",
    /"isolation":"\w+"/,
    '"isolation":"none"',
    'isolation: "none"; allowed: shared, session'
  ],
  ["a text instead of a number", '"at":10', '"at":"10"', 'acts[0].at: "10"; allowed: a number from 0 to 9000'],
  ["a time before the first", '"at":10', '"at":-10', "acts[0].at: -10; allowed: a number from 0 to 9000"],
  ["an act after the end", '"at":30', '"at":9001', "acts[2].at: 9001; allowed: a number from 0 to 9000"],
  [
    "acts that are not in order",
    '"at":20',
    '"at":9',
    "acts[1].at: 9; allowed: 10 or more, in the order of their times"
  ],
  [
    "a time beyond all bounds",
    '"millis":9000',
    '"millis":1e999',
    "millis: Infinity; allowed: a number from 0 to 604800000"
  ],
  ["a pause of a year", '"millis":50', '"millis":31536000000', "acts[1].fault.millis: 31536000000; allowed:"],
  [
    "a misspelt key",
    '"count"',
    '"cuont"',
    "acts[0].cuont: unknown; allowed: at, client, backend, tool, count, kind, _tag"
  ],
  ["a misspelt setting", '"capMillis"', '"capMilis"', "backends[0].spec.restart.capMilis: unknown; allowed: onExit,"],
  ["a setting that is left out", /"retries":\d,/, "", "backends[0].spec.retries: nothing; allowed: a whole number"],
  ["a cap below its base", /"capMillis":\d+/, '"capMillis":1', "spec.restart: capMillis must not be below baseMillis"],
  ["batches of a lone client", '"kind":"lone"', '"kind":"lone","batches":true', 'true only with the kind "stateful"'],
  [
    "a name twice",
    '{"name":"c0","kind":"lone"}',
    '{"name":"c","kind":"lone"},{"name":"c","kind":"lone"}',
    'clients[1].name: "c"; allowed'
  ],
  ["a fault at a calm backend", '"isCalm":false', '"isCalm":true', "acts[1].backend: 0; allowed: one that is not calm"],
  ["a list", /^.*$/, "[]", "it is no scenario: []; allowed: an object"],
  ["no JSON", /^.*$/, '{\n  "seed": 1,\n}', "it is no JSON (Expected double-quoted property name in JSON at position"]
]

describe("a file that is to be replayed", () => {
  it("is a scenario if nothing was changed, if it was found once, and if it was generated", () => {
    assert.isUndefined(scenarioProblem(JSON.parse(good)))
    for (const file of readdirSync(found)) {
      const text = readFileSync(path.join(found, file), "utf8")
      assert.isUndefined(scenarioProblem(JSON.parse(text)), file)
    }
    for (let seed = 1; seed <= 1_000; seed++) {
      assert.isUndefined(scenarioProblem(JSON.parse(JSON.stringify(generate(seed)))), `seed ${seed}`)
    }
  })

  it.each(slips)("is refused with one line that says what is allowed: %s", (_, from, to, complaint) => {
    const text = good.replace(from, to)
    assert.notStrictEqual(text, good)
    const directory = mkdtempSync(path.join(tmpdir(), "sentinel-replay-"))
    const file = path.join(directory, "scenario.json")
    try {
      writeFileSync(file, text)
      assert.throws(() => replayFile(file), OptionError, complaint)
      assert.throws(() => replayFile(file), /^--replay [^\n]+$/)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
