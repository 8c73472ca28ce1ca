import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { run } from "./RunWork.ts"

/** `sentinel serve`. */
export const serve = Command.make(
  "serve",
  {
    listen: Flag.String("listen").pipe(
      Flag.withMetavar("HOST:PORT"),
      Flag.withDescription("Where to listen; else [gateway] listen, 127.0.0.1:9200. Port 0 is any free one"),
      Flag.optional
    )
  },
  ({ listen }) =>
    run(
      Effect.promise(() => import("./Serve.ts")).pipe(
        Effect.map(
          ({ serve }) =>
            (options) =>
              serve(options, Option.getOrUndefined(listen))
        )
      )
    )
).pipe(
  Command.withShortDescription("Serve clients over HTTP, until Ctrl-C"),
  Command.withDescription(
    "What `npm start` runs: serves MCP clients over HTTP, all servers at /mcp and each by itself at /servers/NAME/mcp,\n" +
      "  and every `sentinel stdio` of this user and configuration, so that servers run once. At Ctrl-C or SIGTERM it lets\n" +
      "  running calls end first; a second one ends it at once."
  ),
  Command.withExamples([
    { command: "sentinel serve" },
    { command: "sentinel serve --listen 127.0.0.1:9300", description: "On another port" },
    { command: "sentinel serve --json", description: "With the addresses as JSON, for programs" }
  ])
)
