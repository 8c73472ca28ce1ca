import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { locateId } from "./frame-id.mjs"

const id = fc.oneof(fc.nat(), fc.string(), fc.constant(null), fc.double({ noNaN: true }))
const body = fc.oneof(
  fc.record({ method: fc.string(), params: fc.jsonValue() }),
  fc.record({ result: fc.jsonValue() }),
  fc.record({ error: fc.jsonValue() })
)
/** A member that looks like an id, by its name or in its text. */
const decoy = fc.constantFrom<[string, unknown]>(
  ["text", '","id":7}'],
  ["text", '{"jsonrpc":"2.0","id":7,"method":"x"'],
  ["nested", { id: 7 }],
  ["xid", 7],
  ['x,"id', 7]
)
/** The members of a message, some left out, in any order. */
const message = fc
  .tuple(id, body, decoy)
  .chain(([id, body, decoy]) =>
    fc
      .shuffledSubarray([...Object.entries({ jsonrpc: "2.0", id, ...body }), decoy])
      .map((members) => Object.fromEntries(members))
  )

const knows = (frame: string) => {
  const place = locateId(frame)
  return place === undefined ? undefined : { id: frame.slice(place.start, place.end), request: place.request }
}

describe("the id of a frame, found at its ends", () => {
  it("is the one that a full parse finds, or is not found", () => {
    fc.assert(
      fc.property(message, (message) => {
        const found = knows(JSON.stringify(message))
        if (found === undefined) return
        assert.strictEqual(found.id, JSON.stringify(message["id"]))
        assert.strictEqual(found.request, "method" in message)
      }),
      { numRuns: 2_000 }
    )
  })

  it("is found in the shapes that clients and servers write", () => {
    assert.deepStrictEqual(knows('{"jsonrpc":"2.0","id":12,"method":"ping"}'), { id: "12", request: true })
    assert.deepStrictEqual(knows('{"jsonrpc":"2.0","id":0,"result":{}}'), { id: "0", request: false })
    assert.deepStrictEqual(knows('{"method":"ping","jsonrpc":"2.0","id":12}'), { id: "12", request: true })
    assert.deepStrictEqual(knows('{"result":{},"jsonrpc":"2.0","id":12}'), { id: "12", request: false })
  })
})
