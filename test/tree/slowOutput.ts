import { Writable } from "node:stream"

/** An output whose reader takes one write at a time, when the test says so. */
export class SlowOutput extends Writable {
  /** What the reader has taken, one text a write. */
  readonly taken: Array<string> = []
  #waiting: { readonly text: string; readonly done: () => void } | undefined
  #flowing = false

  constructor() {
    super({ decodeStrings: false })
  }

  get text(): string {
    return this.taken.join("")
  }

  get lines(): ReadonlyArray<string> {
    return this.text.split("\n").filter((line) => line !== "")
  }

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.#waiting = { text: String(chunk), done }
    if (this.#flowing) this.take()
  }

  /** The reader takes what waits first. */
  take(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) return
    this.taken.push(waiting.text)
    waiting.done()
  }

  /** The reader takes everything, from now on at once. */
  flow(): void {
    this.#flowing = true
    this.take()
  }
}
