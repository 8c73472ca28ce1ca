import { assert, describe, it } from "@effect/vitest"
import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { canary, Guarded } from "../fixtures/authorizationServer.ts"
import { Place } from "./sentinel.ts"

/** A place with one backend that asks for a token, and a browser that says yes at once. */
const placeFor = (guarded: Guarded, keys: object = {}) => {
  const place = new Place()
  const backend = { name: "box", type: "http", url: guarded.url, oauth: { grant: "authorization_code" }, ...keys }
  const config = place.config([backend])
  const browser = place.file("browser.mjs", "await (await fetch(process.argv[2])).text()\n")
  const env = { SENTINEL_BROWSER: `${process.execPath} ${browser}` }
  const run = (...args: ReadonlyArray<string>) => place.run([...args, "--config", config], { env })
  const kept = join(place.stateDir, "oauth", "box.json")
  return { place, run, kept }
}

describe("sentinel login", () => {
  it("logs in through the browser, says what it got, and tells no token", async () => {
    await using guarded = await Guarded.start({ scope: "read" })
    const { kept, run } = placeFor(guarded)
    const { code, stderr, stdout } = await run("login", "box")
    assert.strictEqual(stderr.includes(`${guarded.issuer}/authorize?response_type=code`), true, stderr)
    assert.strictEqual(
      stdout,
      `Logged in to box: ${guarded.issuer} gave a token for read.\nIt is kept in ${kept}, for this user alone.\n` +
        "Gateways that run find it there; `sentinel status` shows when the backend is ready.\n"
    )
    assert.strictEqual(code, 0)
    assert.notInclude(stdout + stderr, canary)
    assert.isTrue(existsSync(kept))
  })

  it("and logout leave nothing behind", async () => {
    await using guarded = await Guarded.start()
    const { kept, place, run } = placeFor(guarded)
    await run("login", "box")
    const first = await run("logout", "box")
    assert.strictEqual(first.stdout, "Logged out of box: its tokens are gone from this machine.\n")
    assert.isFalse(existsSync(kept))
    assert.deepStrictEqual(readdirSync(join(place.stateDir, "oauth")), [])
    const second = await run("logout", "box")
    assert.strictEqual(second.stdout, "There are no tokens of box.\n")
  })

  it("and logout leave no draft of a gateway that died, and no tokens of others out", async () => {
    await using guarded = await Guarded.start()
    const { kept, place, run } = placeFor(guarded)
    await run("login", "box")
    const directory = join(place.stateDir, "oauth")
    for (const name of ["box.json.1.tmp", "box2.json.1.tmp", "box2.json"]) writeFileSync(join(directory, name), canary)
    await run("logout", "box")
    assert.isFalse(existsSync(kept))
    assert.deepStrictEqual(readdirSync(directory).sort(), ["box2.json", "box2.json.1.tmp"])
  })

  it("refuses a token file that is somebody's else, and logout removes it", async () => {
    await using guarded = await Guarded.start()
    const { kept, run } = placeFor(guarded)
    await run("login", "box")
    chmodSync(kept, 0o644)
    const { code, stderr, stdout } = await run("login", "box")
    assert.include(stderr, `${kept} is not used: others may read or change it (mode 644`)
    assert.deepStrictEqual([code, stdout], [1, ""])
    assert.strictEqual((await run("logout", "box")).code, 0)
    assert.strictEqual((await run("login", "box")).code, 0)
  })

  it("speaks JSON, and then has nothing else on stdout", async () => {
    await using guarded = await Guarded.start({ scope: "read" })
    const { kept, run } = placeFor(guarded)
    const { json } = await run("login", "box", "--json")
    assert.deepStrictEqual(json(), {
      backend: "box",
      loggedIn: true,
      issuer: guarded.issuer,
      scope: "read",
      file: kept
    })
    assert.deepStrictEqual((await run("logout", "box", "--json")).json(), { backend: "box", loggedOut: true })
  })

  it("says so when the server asks for no token", async () => {
    await using open = await Guarded.start({ describesItself: false })
    open.accepted.set("", "")
    const { run } = placeFor(open)
    const { code, stdout } = await run("login", "box")
    assert.strictEqual(stdout, "box asks for no token: there is nothing to log in to\n")
    assert.strictEqual(code, 0)
  })

  it("fails with the reason, and without a secret", async () => {
    await using guarded = await Guarded.start({ tokenError: "invalid_grant" })
    const { kept, run } = placeFor(guarded)
    const { code, stderr, stdout } = await run("login", "box")
    assert.include(stderr, "can't log in to box: exchanging the code: HTTP 400 invalid_grant")
    assert.strictEqual(code, 1)
    assert.notInclude(stdout + stderr, canary)
    assert.isFalse(existsSync(kept))
  })

  it("explains why another backend needs no login", async () => {
    await using guarded = await Guarded.start()
    const { run } = placeFor(guarded, { name: "calendar", oauth: undefined })
    const unknown = await run("login", "calender")
    assert.include(unknown.stderr, 'there is no backend "calender"; did you mean calendar?')
    assert.include((await run("login", "calendar")).stderr, 'add `oauth = { grant = "authorization_code" }`')
    assert.strictEqual((await run("login", "calendar", "--port", "70000")).code, 64)
  })
})
