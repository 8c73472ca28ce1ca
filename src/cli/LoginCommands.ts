import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { wholeNumber } from "./NumberFlag.ts"
import { run } from "./RunWork.ts"

/** The largest number of a TCP port. */
const mostPort = 65_535

/** `sentinel login`, and `sentinel logout` below. */
export const login = Command.make(
  "login",
  {
    name: Argument.String("NAME").pipe(Argument.withDescription("The backend, as the configuration names it")),
    noBrowser: Flag.Boolean("no-browser").pipe(
      Flag.withDescription("Only print the page to open"),
      Flag.withDefault(false)
    ),
    port: wholeNumber("port", { least: 0, most: mostPort }).pipe(
      Flag.withMetavar("PORT"),
      Flag.withDescription("Where on 127.0.0.1 the browser comes back to; by default any free port"),
      Flag.withDefault(0)
    )
  },
  ({ name, noBrowser, port }) =>
    run(
      Effect.promise(() => import("./Login.ts")).pipe(
        Effect.map(
          ({ login }) =>
            (options) =>
              login(options, { name, browser: !noBrowser, port })
        )
      )
    )
).pipe(
  Command.withShortDescription("Log in to a backend that asks for it"),
  Command.withDescription(
    "Gets a token for an HTTP backend with your consent in a browser (OAuth), and keeps it in the state directory.\n" +
      "  Gateways that run find it there. $SENTINEL_BROWSER, else $BROWSER, names the command that opens the page."
  ),
  Command.withExamples([
    { command: "sentinel login github" },
    { command: "sentinel login github --no-browser", description: "Open the page yourself" }
  ])
)

export const logout = Command.make(
  "logout",
  { name: Argument.String("NAME").pipe(Argument.withDescription("The backend")) },
  ({ name }) =>
    run(
      Effect.promise(() => import("./Login.ts")).pipe(
        Effect.map(
          ({ logout }) =>
            (options) =>
              logout(options, name)
        )
      )
    )
).pipe(
  Command.withShortDescription("Forget a backend's token"),
  Command.withDescription("Removes what `sentinel login` put into the state directory."),
  Command.withExamples([{ command: "sentinel logout github" }])
)
