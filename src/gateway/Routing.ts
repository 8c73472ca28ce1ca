import type { Era } from "../domain/Era.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Refusal } from "../domain/Outcome.ts"
import type { Request } from "../domain/Request.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import type { RouteTable } from "./RouteTable.ts"
import { wrongForm } from "./ParamForms.ts"
import { matchesTemplate } from "./UriTemplate.ts"

/** Where a request goes, with the parameters under the backend's own names. */
export type Address =
  | {
      readonly _tag: "Backend"
      readonly backend: string
      readonly params: JsonObject
      readonly repeatable: boolean
      readonly target: string
    }
  | { readonly _tag: "Nowhere"; readonly refusal: Refusal }
  /** No known catalog has it. `name`: the public name, whose prefix says who could; `undefined` for a URI. */
  | { readonly _tag: "Unknown"; readonly name: string | undefined; readonly refusal: Refusal }

/**
 * Finds the owner of a request in the table: by look-up, never by splitting a name. Unknown and hidden get the same
 * answer (design, gate 3).
 */
export const addressOf = (table: RouteTable, request: Request): Address => {
  const { method, params } = request
  const wrong = wrongForm(method, params)
  if (wrong !== undefined) return nowhere(jsonRpcCodes.invalidParams, wrong)
  switch (method) {
    case "tools/call":
      return named(table.tools, hasTasks(table) ? params : withoutTask(params), "tool")
    case "prompts/get":
      return named(table.prompts, params, "prompt")
    case "resources/read":
      return byUri(table, params)
    case "completion/complete":
      return completion(table, params)
    default:
      return unknownMethod(table, request)
  }
}

/** What the protocol has its own hop for: never forwarded, also where everything unknown is. */
const ofThisHop = new Set(["initialize", "ping", "server/discover", "subscriptions/listen"])

/** A scoped client gets through to its backend with what the gateway does not know; merged, nobody could say to whom. */
const unknownMethod = ({ sole }: RouteTable, { era, method, params }: Request): Address =>
  sole === undefined || ofThisHop.has(method) || (sole.isShared && ofEverybodysTasks(method, era))
    ? nowhere(jsonRpcCodes.methodNotFound, `the gateway has no method ${JSON.stringify(method)}`)
    : { _tag: "Backend", backend: sole.backend, params, repeatable: false, target: method }

/**
 * On a connection that clients share they are one to the backend, and each would see the tasks of all (MCP 2025-11-25,
 * basic/utilities/tasks). The extension of 2026 has no list, and its ids can't be guessed: who knows one may use it.
 */
const ofEverybodysTasks = (method: string, era: Era): boolean =>
  method === "tasks/list" || method === "tasks/result" || (method === "tasks/cancel" && era === "stateful")

/** Whether a client was told of tasks. */
const hasTasks = ({ sole }: RouteTable): boolean => sole?.isShared === false

/** The wish for a task is not looked at where there are none (MCP 2025-11-25, basic/utilities/tasks, "Task Support"). */
const withoutTask = (params: JsonObject): JsonObject => {
  if (!("task" in params)) return params
  const { task: _, ...others } = params
  return others
}

/** The backend that owns a URI: by its list, else by a template. */
export const ownerOfUri = (table: RouteTable, uri: string): string | undefined =>
  table.resources.get(uri) ?? table.templates.find(({ template }) => matchesTemplate(template, uri))?.backend

const unknown = (name: string | undefined, message: string): Address => ({
  _tag: "Unknown",
  name,
  refusal: { code: jsonRpcCodes.invalidParams, message }
})

const nowhere = (code: number, message: string): Address => ({ _tag: "Nowhere", refusal: { code, message } })

const named = (routes: RouteTable["tools"], params: JsonObject, noun: "tool" | "prompt"): Address => {
  const name = params["name"]
  if (typeof name !== "string") return nowhere(jsonRpcCodes.invalidParams, `params.name must be a string: the ${noun}`)
  const route = routes.get(name)
  if (route === undefined) {
    return unknown(name, `Unknown ${noun}: ${name.slice(0, 128)}; ${noun}s/list names all there are`)
  }
  const { backend, ownName, repeatable } = route
  return {
    _tag: "Backend",
    backend,
    repeatable,
    target: name,
    params: ownName === name ? params : { ...params, name: ownName }
  }
}

const byUri = (table: RouteTable, params: JsonObject): Address => {
  const uri = params["uri"]
  if (typeof uri !== "string") return nowhere(jsonRpcCodes.invalidParams, "params.uri must be a string: the resource")
  const backend = ownerOfUri(table, uri) ?? soleReader(table, uri)
  return backend === undefined
    ? unknown(undefined, `Unknown resource: ${uri.slice(0, 256)}`)
    : { _tag: "Backend", backend, params, repeatable: true, target: uri }
}

/** Who is asked for a resource that is not listed: tools link to such. Not where it is withheld. */
const soleReader = ({ sole, withheld }: RouteTable, uri: string): string | undefined =>
  withheld.some(({ kind, name }) => kind === "resource" && name === uri) ? undefined : sole?.backend

const completion = (table: RouteTable, params: JsonObject): Address => {
  const ref = params["ref"]
  if (!isJsonObject(ref)) return nowhere(jsonRpcCodes.invalidParams, "params.ref must be an object")
  if (table.sole !== undefined) {
    const target = String(ref["name"] ?? ref["uri"])
    return { _tag: "Backend", backend: table.sole.backend, params, repeatable: true, target }
  }
  if (ref["type"] === "ref/resource") {
    const uri = ref["uri"]
    const backend =
      typeof uri === "string"
        ? (table.templates.find(({ template }) => template === uri)?.backend ?? ownerOfUri(table, uri))
        : undefined
    return backend === undefined
      ? unknown(undefined, "Unknown resource template in params.ref.uri")
      : { _tag: "Backend", backend, params, repeatable: true, target: String(uri) }
  }
  const prompt = named(table.prompts, ref, "prompt")
  return prompt._tag === "Backend" ? { ...prompt, params: { ...params, ref: prompt.params } } : prompt
}
