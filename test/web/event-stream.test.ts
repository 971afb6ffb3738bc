import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { EventStream } from '../../web/live/event-stream.ts'

/** What the calendar has been asked, and the streams that it has answered with. */
let asked: { headers: Record<string, string>; signal: AbortSignal }[]
let streams: ReadableStreamDefaultController<Uint8Array>[]
let status: number
let heard: string[]
let stream: EventStream

beforeEach(() => {
  vi.useFakeTimers()
  ;[asked, streams, status, heard] = [[], [], 200, []]
  vi.stubGlobal('fetch', (_: URL, init: (typeof asked)[number]) => {
    asked.push(init)
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        streams.push(controller)
        init.signal.addEventListener('abort', () => controller.error(init.signal.reason))
      },
    })
    return Promise.resolve(new Response(body, { status }))
  })
})
afterEach(() => {
  stream.close()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const opened = async () => {
  stream = new EventStream(new URL('http://127.0.0.1/changes'))
  for (const type of ['open', 'change', 'late', 'error'])
    stream.addEventListener(type, ({ data }) => heard.push(data === undefined ? type : `${type} ${data}`))
  await vi.advanceTimersByTimeAsync(1)
}
const say = async (text: string) => {
  streams.at(-1)?.enqueue(new TextEncoder().encode(text))
  await vi.advanceTimersByTimeAsync(1)
}

it('reports events, however they are cut into pieces, and no comments', async () => {
  await opened()
  await say('retry: 1000\n\nid: 7\nevent: chan')
  await say('ge\ndata: {"a":1}\n\n: still here\nid: 8\n\n')
  expect(heard).toEqual(['open', 'change {"a":1}'])
})

it('says when it is late, and is not while heartbeats come', async () => {
  await opened()
  for (let times = 0; times < 5; times += 1) {
    await vi.advanceTimersByTimeAsync(15_000)
    await say(': still here\nid: 9\n\n')
  }
  expect(heard).toEqual(['open'])
  await vi.advanceTimersByTimeAsync(17_000)
  expect(heard).toEqual(['open', 'late'])
})

it('replaces a stream that has gone silent, from where it was', async () => {
  await opened()
  await say(': still here\nid: 9\n\n')
  await say(': a proxy says so, too\n\n')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(heard.slice(-2)).toEqual(['error', 'open'])
  expect([asked.length, asked[1]?.headers['Last-Event-ID']]).toEqual([2, '9'])
})

it('opens a stream that has ended again', async () => {
  await opened()
  streams.at(-1)?.close()
  await vi.advanceTimersByTimeAsync(1100)
  expect(heard).toEqual(['open', 'error', 'open'])
})

it('does not ask again by itself if it is refused, nor after it was closed', async () => {
  status = 429
  await opened()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([heard, asked.length, stream.readyState]).toEqual([['error'], 1, 2])
  status = 200
  await opened()
  stream.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveLength(2)
})
