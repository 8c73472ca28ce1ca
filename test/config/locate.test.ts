import { assert, describe, it } from "@effect/vitest"
import { findFile, searchOrder } from "../../src/config/Locate.ts"

const packageRoot = "/opt/gw"
const HOME = "/home/ada"
const user = "/home/ada/.config/sentinel-gateway/sentinel.toml"
const installed = "/opt/gw/config/sentinel.toml"
const find = (existing: ReadonlyArray<string>, option?: string, environment = {}) =>
  findFile({ option, environment: { HOME, ...environment }, packageRoot }, (file) => existing.includes(file))

describe("the configuration file", () => {
  it("is the user's, else the one of the installation, else none", () => {
    assert.strictEqual(find([user, installed]), user)
    assert.strictEqual(find([installed]), installed)
    assert.strictEqual(find([]), undefined)
  })

  it("is the one that --config names, else the one in $SENTINEL_CONFIG, also if it does not exist", () => {
    const environment = { SENTINEL_CONFIG: "/b.toml" }
    assert.strictEqual(find([user], "/a.toml", environment), "/a.toml")
    assert.strictEqual(find([user], undefined, environment), "/b.toml")
    assert.strictEqual(find([user], undefined, { SENTINEL_CONFIG: "" }), user)
  })

  it("is looked for below $XDG_CONFIG_HOME if that is an absolute path", () => {
    assert.strictEqual(
      find(["/xdg/sentinel-gateway/sentinel.toml"], undefined, { XDG_CONFIG_HOME: "/xdg" }),
      "/xdg/sentinel-gateway/sentinel.toml"
    )
    assert.strictEqual(find([user], undefined, { XDG_CONFIG_HOME: "xdg" }), user)
  })

  it("is never taken from the current directory, which may be anyone's project", () => {
    const order = searchOrder({ option: undefined, environment: { HOME }, packageRoot })
    assert.isTrue(order.every(({ file }) => file.startsWith("/home/ada/") || file.startsWith("/opt/gw/")))
  })
})
