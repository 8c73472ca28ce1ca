import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "fast-check"
import { framesIn } from "./events.ts"
import { responseReader } from "./response.ts"

const json = '{"jsonrpc":"2.0","id":1,"result":{"text":"one\\r\\n\\r\\ntwo"}}'
const withLength = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const inChunks =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
  `${chunk("id: 1\ndata: \n\n: waits\n\nevent: mess")}${chunk(`age\ndata: ${json}\n\n`)}0\r\n\r\n`
const empty = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

/** The frames of all responses when the bytes arrive cut at these places. */
const framesOf = (bytes: string, cuts: ReadonlyArray<number>) => {
  const read = responseReader()
  const frames: Array<ReadonlyArray<string>> = []
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length]
  for (const [index, from] of places.entries()) {
    const response = read(bytes.slice(from, places[index + 1]))
    if (response !== undefined) frames.push(framesIn(response))
  }
  return frames
}

describe("a response over HTTP", () => {
  for (const [name, bytes, frames] of [
    ["with a length", withLength, [json]],
    ["in chunks that cut an event", inChunks, [json]],
    ["without a body", empty, []]
  ] as const) {
    it(`is read whole however the network cuts it: ${name}`, () => {
      const cut = FastCheck.array(FastCheck.integer({ min: 0, max: bytes.length }), { maxLength: 8 })
      FastCheck.assert(FastCheck.property(cut, (cuts) => assert.deepStrictEqual(framesOf(bytes, cuts), [frames])))
    })
  }

  it("does not disturb the next one on the same connection", () => {
    const read = responseReader()
    const bodies = [withLength, inChunks, empty, withLength].map((bytes) => {
      const response = read(bytes)
      return response === undefined ? undefined : framesIn(response)
    })
    assert.deepStrictEqual(bodies, [[json], [json], [], [json]])
  })
})
