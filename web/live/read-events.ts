/** One block of a stream of Server-Sent Events: an event, or only an id. */
export interface StreamedEvent {
  readonly type: string
  /** Undefined if there is none, which browsers call no event. */
  readonly data: string | undefined
  readonly id: string | undefined
}

/** The longest block that is read, in characters: a change is much shorter. */
const MAX_BLOCK = 1_000_000

/** The events of a stream; calls `heard` for each piece of it, comments included. @throws Error if a block is too long */
export async function* readEvents(
  body: ReadableStream<BufferSource>,
  heard: () => void,
): AsyncGenerator<StreamedEvent> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    heard()
    const blocks = (text + value).split('\n\n')
    text = blocks.pop() ?? ''
    if (text.length > MAX_BLOCK) throw new Error('The stream does not end its events.')
    for (const block of blocks) yield eventOf(block)
  }
}

/** The calendar ends lines with a line feed, and puts one space after a colon. */
function eventOf(block: string): StreamedEvent {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2))
  }
  return { type: fields.get('event') ?? 'message', data: fields.get('data'), id: fields.get('id') }
}
