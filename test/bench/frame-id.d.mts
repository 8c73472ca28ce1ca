/** `frame.slice(start, end)` is the numeric id; `request` tells a request from a reply. */
export interface IdPlace {
  readonly start: number
  readonly end: number
  readonly request: boolean
}

export declare const locateId: (frame: string) => IdPlace | undefined
