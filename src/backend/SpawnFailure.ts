/** What the system's refusals to start a program mean for the operator; execve(2), fork(2). */
const advice: Readonly<Record<string, string>> = {
  ENOENT: "the file, or the interpreter that its first line names, is gone; install it again",
  EACCES: "it, or the interpreter that its first line names, may not be run by this user; check its mode and mount",
  ENOTDIR: "a part of the path is not a directory; correct it",
  EAGAIN: "this user has too many processes; end some or raise the limit (ulimit -u)",
  ENOMEM: "the machine has no memory left",
  EMFILE: "the gateway has too many open files; raise the limit (ulimit -n)",
  ENFILE: "the machine has too many open files",
  E2BIG: "its arguments and environment are too long for the system"
}

/** One sentence for a failed spawn. Texts of Node's errors may hold values of the environment, so only codes are shown. */
export const spawnFailure = (file: string, error: unknown): string => {
  const code = errorCode(error)
  return `"${file}" could not be started (${code}): ${advice[code] ?? "the system or Node refused it"}`
}

const errorCode = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "no code"
