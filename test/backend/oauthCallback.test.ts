import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { get } from "node:http"
import { connect, type Socket } from "node:net"
import { callbackConnections, listenForCallback } from "../../src/backend/OAuthCallback.ts"
import { browse } from "../fixtures/authorizationServer.ts"

const opened = (port: number) => {
  const socket = connect(port, "127.0.0.1").on("error", () => {})
  return { socket, closed: new Promise((resolve) => socket.once("close", resolve)) }
}

const connected = (socket: Socket) => new Promise<void>((resolve) => void socket.once("connect", () => resolve()))

const statusOf = (port: string, path: string) =>
  new Promise((resolve) => void get({ host: "127.0.0.1", port, path }, ({ statusCode }) => resolve(statusCode)))

describe("Where the browser comes back to", () => {
  it("takes the answer to its own question, however many others come before", async () => {
    const program = Effect.gen(function* () {
      const { answer, redirectUri } = yield* listenForCallback("mine", 0)
      const tries = ["?code=1", "?code=1&state=other", "?code=1&state=", "/elsewhere?state=mine"]
      for (const wrong of tries) {
        const page = yield* Effect.promise(() => browse(`${redirectUri}${wrong}`))
        assert.strictEqual(page.status, 400, wrong)
      }
      // A path that is no URL: any page in the browser can ask for it.
      assert.strictEqual(yield* Effect.promise(() => statusOf(new URL(redirectUri).port, "//")), 400)
      const posted = yield* Effect.promise(() => fetch(`${redirectUri}?code=1&state=mine`, { method: "POST" }))
      assert.strictEqual(posted.status, 400)
      const page = yield* Effect.promise(() => browse(`${redirectUri}?code=2&state=mine`))
      assert.strictEqual(page.status, 200)
      assert.include(page.text, "Go back to the terminal")
      return (yield* answer).get("code")
    })
    assert.strictEqual(await Effect.runPromise(Effect.scoped(program)), "2")
  })

  it("serves a browser, not a crowd", async () => {
    const program = Effect.gen(function* () {
      const { redirectUri } = yield* listenForCallback("mine", 0)
      const port = Number(new URL(redirectUri).port)
      const few = Array.from({ length: callbackConnections }, () => opened(port))
      yield* Effect.promise(() => Promise.all(few.map(({ socket }) => connected(socket))))
      yield* Effect.promise(() => opened(port).closed)
      assert.isTrue(few.every(({ socket }) => !socket.closed))
      for (const { socket } of few) socket.destroy()
    })
    await Effect.runPromise(Effect.scoped(program))
  })

  it("is gone when nobody waits any more", async () => {
    const { redirectUri } = await Effect.runPromise(Effect.scoped(listenForCallback("mine", 0)))
    assert.strictEqual(await browse(redirectUri).then(String, () => "refused"), "refused")
  })
})
