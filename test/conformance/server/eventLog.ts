import type { EventStore, JSONRPCMessage } from "@modelcontextprotocol/server"

/** The events of one session, so that a stream that broke off can be read on. */
export class EventLog implements EventStore {
  readonly #events: Array<{ readonly stream: string; readonly message: JSONRPCMessage }> = []

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    return String(this.#events.push({ stream, message }))
  }

  async getStreamIdForEventId(id: string): Promise<string | undefined> {
    return this.#events[Number(id) - 1]?.stream
  }

  async replayEventsAfter(
    id: string,
    { send }: { send: (id: string, message: JSONRPCMessage) => Promise<void> }
  ): Promise<string> {
    const stream = await this.getStreamIdForEventId(id)
    if (stream === undefined) throw new Error(`no event has the id ${id}`)
    for (const [index, event] of this.#events.entries()) {
      // A priming event is stored as well; it has no message to send again.
      const sendable = "jsonrpc" in event.message
      if (index >= Number(id) && event.stream === stream && sendable) await send(String(index + 1), event.message)
    }
    return stream
  }
}
