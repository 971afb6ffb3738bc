/** One message of a stream of Server-Sent Events. A heartbeat has an id only. */
export interface SseMessage {
  readonly id?: string
  readonly event?: string
  readonly data?: string
}

/** More than the calendar sends as one message: a change with two events of 64 kB. */
const MAX_CHARS = 1_000_000

/** Reads messages from pieces of a stream: also the id of a message without data, which parsers drop. @throws Error if one is too long */
export function openSseReader(): (piece: string) => SseMessage[] {
  let rest = ''
  return (piece) => {
    const blocks = (rest + piece).split(/\r?\n\r?\n/)
    rest = blocks.pop() ?? ''
    if (rest.length > MAX_CHARS) throw new Error('A message of the stream is too long.')
    return blocks.map(messageOf)
  }
}

function messageOf(block: string): SseMessage {
  const fields = block.split(/\r?\n/).flatMap((line) => {
    const [, name, value] = /^(id|event|data): ?(.*)$/.exec(line) ?? []
    return name === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(fields) as SseMessage
}
