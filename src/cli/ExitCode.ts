/** How a `sentinel` process ends; the numbers from 64 on are those of BSD's sysexits(3). */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 64,
  unavailable: 69,
  internal: 70,
  cannotCreate: 73,
  cannotWrite: 74,
  invalidConfiguration: 78,
  interrupted: 130,
  terminated: 143
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** What help says of them. */
export const exitCodeMeanings: ReadonlyArray<readonly [ExitCode, string]> = [
  [exitCodes.ok, "done; for stdio also: the client ended it; for serve: it was told to end"],
  [
    exitCodes.failed,
    "the tool, or the server behind it, answered the call with an error; there is no such tool; for chaos: a threshold was crossed"
  ],
  [exitCodes.usage, "the command line can't be understood"],
  [exitCodes.unavailable, "a backend is not available; for serve: the address or the state directory is taken"],
  [exitCodes.internal, "a defect of the gateway, or a Node that is too old"],
  [exitCodes.cannotCreate, "the state directory can't be made or written"],
  [exitCodes.cannotWrite, "stdout can't be written, as on a full disk; a reader that has gone is no failure"],
  [exitCodes.invalidConfiguration, "the configuration can't be used"],
  [exitCodes.interrupted, "ended by Ctrl-C (stdio, serve: 0)"],
  [exitCodes.terminated, "ended by SIGTERM (stdio, serve: 0)"]
]
