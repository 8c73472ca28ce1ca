import { randomBytes } from "node:crypto"
import {
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  inputRequired,
  inputResponse,
  type InputRequests,
  type InputRequiredResult,
  type McpServer,
  type ServerContext
} from "@modelcontextprotocol/server"
import { said } from "./media.ts"
import { askFor, askModel } from "./questions.ts"

/** What a round remembers for the next one. */
interface RoundState {
  readonly round: number
}

/** Signs what goes through the client's hands; a state that was changed is refused before any tool sees it. */
export const roundStates = createRequestStateCodec<RoundState>({ key: randomBytes(32) })

const prefix = "test_input_required_result"

/** Tools of SEP-2322 whose result asks for input, each with another turn. */
export const registerRoundTools = (server: McpServer): void => {
  const define = (name: string, description: string, requests: () => InputRequests): void => {
    server.registerTool(`${prefix}_${name}`, { description }, (ctx) =>
      allAnswered(ctx, requests())
        ? said(JSON.stringify(ctx.mcpReq.inputResponses))
        : inputRequired({ inputRequests: requests() })
    )
  }
  define("elicitation", "Asks for a name", () => ({ user_name: askFor("What is your name?", "name") }))
  define("sampling", "Asks the model", () => ({ capital_question: askModel("What is the capital of France?") }))
  define("list_roots", "Asks for the roots", () => ({ client_roots: inputRequired.listRoots() }))
  registerStatefulRounds(server)
  server.registerTool(`${prefix}_multi_round`, { description: "Asks two questions, one after the other" }, multiRound)
  server.registerTool(`${prefix}_capabilities`, { description: "Asks only what the client can answer" }, (ctx) => {
    const requests = answerable(ctx)
    return allAnswered(ctx, requests) ? said("Everything is answered.") : inputRequired({ inputRequests: requests })
  })
}

/** Tools that give a signed state along and want it back unchanged. */
const registerStatefulRounds = (server: McpServer): void => {
  const define = (name: string, description: string, requests: () => InputRequests): void => {
    server.registerTool(`${prefix}_${name}`, { description }, (ctx) => {
      const state = ctx.mcpReq.requestState<RoundState>()
      return state !== undefined && allAnswered(ctx, requests()) ? said("state-ok") : ask(1, requests())
    })
  }
  define("request_state", "Asks, and wants its state back", () => ({
    confirm: askFor("Please confirm", "ok", "boolean")
  }))
  define("tampered_state", "Asks, and refuses a state that was changed", () => ({
    confirm: askFor("Please confirm", "ok", "boolean")
  }))
  define("multiple_inputs", "Asks the user, the model and for the roots at once", () => ({
    user_name: askFor("What is your name?", "name"),
    greeting: askModel("Generate a greeting", 50),
    client_roots: inputRequired.listRoots()
  }))
}

const multiRound = (ctx: ServerContext) => {
  const round = ctx.mcpReq.requestState<RoundState>()?.round ?? 0
  const name = { step1: askFor("Step 1: What is your name?", "name") }
  const color = { step2: askFor("Step 2: What is your favorite color?", "color") }
  if (round === 2 && allAnswered(ctx, color)) return said("Both questions are answered.")
  return round === 1 && allAnswered(ctx, name) ? ask(2, color) : ask(1, name)
}

const ask = async (round: number, inputRequests: InputRequests): Promise<InputRequiredResult> =>
  inputRequired({ inputRequests, requestState: await roundStates.mint({ round }) })

/** Whether each question has an answer of the right kind; answers to other questions do not matter. */
export const allAnswered = (ctx: ServerContext, requests: InputRequests): boolean =>
  Object.keys(requests).every((key) => inputResponse(ctx.mcpReq.inputResponses, key).kind !== "missing")

const answerable = (ctx: ServerContext): InputRequests => {
  const envelope: Readonly<Record<string, unknown>> = { ...ctx.mcpReq.envelope }
  const capabilities = envelope[CLIENT_CAPABILITIES_META_KEY]
  const can = (name: string) => typeof capabilities === "object" && capabilities !== null && name in capabilities
  return {
    ...(can("sampling") && { greeting: askModel("Generate a greeting", 50) }),
    ...(can("elicitation") && { user_name: askFor("What is your name?", "name") }),
    ...(can("roots") && { client_roots: inputRequired.listRoots() })
  }
}
