import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { createServer } from "node:net"
import { AddressGuard } from "../../src/backend/AddressGuard.ts"
import { openFetch } from "../../src/backend/OAuthFetch.ts"
import { Guarded } from "../fixtures/authorizationServer.ts"
import { failureOf, OAuthSide } from "./oauthClient.ts"

/** What the gateway makes of these bytes; `ends`: the connection ends after them. */
const answerTo = async (bytes: string, ends: boolean, millis?: number): Promise<string> => {
  const server = createServer((socket) => {
    socket.on("error", () => {})
    socket.once("data", () => (ends ? socket.end(bytes) : socket.write(bytes)))
    socket.once("close", () => server.close())
  })
  const closed = new Promise((resolve) => server.once("close", resolve))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`
  const { fetch } = openFetch(new AddressGuard("box", new URL(origin), []), millis)
  const words = await fetch(origin).then(
    (response) => response.text(),
    ({ message }) => String(message)
  )
  // Nothing of it is kept open.
  await closed
  return words.replaceAll(origin, "ORIGIN")
}

describe("Strange answers to the OAuth client", () => {
  it("a change of protocol is none, at once", async () => {
    const switching = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"
    assert.strictEqual(await answerTo(switching, false), "ORIGIN answered with another protocol (HTTP status 101)")
  })

  it("an end without an answer, or in the middle of it, is a failure", async () => {
    assert.include(await answerTo("", true), "ORIGIN can't be reached")
    assert.include(await answerTo("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", true), "ORIGIN can't be reached")
    assert.strictEqual(await answerTo("HTTP/1.1 200 OK\r\n\r\nall of it", true), "all of it")
  })

  it("one that stops in the middle is not waited for", async () => {
    const half = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"
    assert.include(await answerTo(half, false, 50), "no answer within 50 ms")
  })

  it("a byte order mark before the metadata does no harm, and what comes after it counts", async () => {
    await using guarded = await Guarded.start({ byteOrderMark: true, advertiseIss: true })
    const side = new OAuthSide(guarded)
    assert.include(await failureOf(side.login()), "does not say that it is from")
    guarded.is.iss = guarded.issuer
    assert.deepInclude(await Effect.runPromise(side.login()), { _tag: "LoggedIn" })
  })
})
