import { onTestFinished } from 'vitest'
import type { Ask, TestServer } from './server.ts'

/** One block of a stream: the lines between two empty lines. */
export interface Block {
  readonly id?: string
  readonly event?: string
  readonly retry?: string
  /** A comment. */
  readonly comment?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- each test expects another shape
  readonly data?: any
}

export interface Followed {
  readonly status: number
  readonly headers: Headers
  /** The next block; undefined when the stream has ended. */
  next(): Promise<Block | undefined>
  /** Reads until the `hello`. */
  hello(): Promise<void>
  /** Reads until the next change. */
  change(): Promise<Block>
  /** The id of the last block that had one. */
  last(): string
  close(): void
}

/** Follows the changes of a server, as a page does. `query` is as `site=saf`. */
export async function follow(
  server: Pick<TestServer, 'address' | 'base' | 'tokens'>,
  query: string,
  { as, headers, from }: Ask & { from?: string } = {},
): Promise<Followed> {
  const cut = new AbortController()
  onTestFinished(() => cut.abort())
  const response = await fetch(`${server.address}${server.base}/changes?${query}`, {
    signal: cut.signal,
    headers: {
      Accept: 'text/event-stream',
      ...(as && { Authorization: `Bearer ${server.tokens[as]}` }),
      ...(from !== undefined && { 'Last-Event-ID': from }),
      ...headers,
    },
  })
  return { status: response.status, headers: response.headers, ...blocksOf(response.body), close: () => cut.abort() }
}

/** Reads a response body block by block. */
export function blocksOf(body: ReadableStream<Uint8Array<ArrayBuffer>> | null) {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  let id = ''
  const next = async (): Promise<Block | undefined> => {
    while (!text.includes('\n\n')) {
      const { done, value } = (await reader?.read()) ?? { done: true }
      if (done) return undefined
      text += value
    }
    const end = text.indexOf('\n\n')
    const block = blockOf(text.slice(0, end))
    text = text.slice(end + 2)
    id = block.id ?? id
    return block
  }
  const until = async (event: string) => {
    let block
    do block = await next()
    while (block && block.event !== event)
    if (!block) throw new Error('The stream has ended.')
    return block
  }
  return {
    next,
    last: () => id,
    hello: async () => void (await until('hello')),
    change: () => until('change'),
  }
}

function blockOf(text: string): Block {
  const fields = text.split('\n').map((line) => {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
    return [name || 'comment', name === 'data' ? (JSON.parse(value) as unknown) : value]
  })
  return Object.fromEntries(fields) as Block
}
