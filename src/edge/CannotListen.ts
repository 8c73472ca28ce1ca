import * as Schema from "effect/Schema"

/** The gateway can't listen where it is told to. */
export class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", {
  host: Schema.String,
  port: Schema.Number,
  /** `open`: others could reach it, and nobody checks who they are. */
  reason: Schema.Literals(["taken", "forbidden", "absent", "open", "other"]),
  message: Schema.String
}) {
  /** By what the operating system says. */
  static from(host: string, port: number, { code = "", message }: NodeJS.ErrnoException): CannotListen {
    const where = `${host.includes(":") ? `[${host}]` : host}:${port}`
    const because = (reason: CannotListen["reason"], message: string) =>
      new CannotListen({ host, port, reason, message })
    switch (code) {
      case "EADDRINUSE":
        return because(
          "taken",
          `another program listens on ${where} already (see it with: ss -ltnp 'sport = :${port}', or lsof -i :${port})`
        )
      case "EACCES":
        return because("forbidden", `this user may not listen on ${where}`)
      case "EADDRNOTAVAIL":
      case "ENOTFOUND":
        return because("absent", `this machine has no address ${host}`)
      default:
        return because("other", `listening on ${where} failed: ${message}`)
    }
  }

  /** As long as everyone counts as the local user. */
  static open(host: string, port: number): CannotListen {
    const message =
      `${host} can be reached from other machines, and nobody checks who calls: everyone there could use your servers. ` +
      "Listen on 127.0.0.1, and put a proxy or a tunnel that authenticates in front of it"
    return new CannotListen({ host, port, reason: "open", message })
  }
}
