import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { viewerOf } from '../../src/domain/access.ts'
import { HOUR } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { createApp } from '../../src/http/app.ts'
import { openSseStream } from '../../src/http/endpoints/changes.ts'
import { MAX_BACKFILL } from '../../src/background/backfills.ts'
import { type ChangeStreamOptions, MAX_SUBSCRIBERS, openChangeStream } from '../../src/background/change-stream.ts'
import { reserve } from '../../src/service/reserve.ts'
import { cursorAt } from '../../src/store/dynamodb/feed-cursor.ts'
import type { Feed, FeedEntry, FeedPage, Store } from '../../src/store/port.ts'
import { blocksOf } from '../stream.ts'
import { ada, memoryStore, TODAY, proposed, worldOf } from '../context.ts'
import { appOptions, requestTo } from '../app-options.ts'

let store: Store
beforeEach(() => {
  store = memoryStore()
})
afterEach(() => store.close())

/** Opens streams over the store, which end with the test. */
function streamsWith(options: Partial<ChangeStreamOptions> = {}) {
  const following = openChangeStream(store.feed, {
    onError: (error) => expect.fail(String(error)),
    ...options,
  })
  onTestFinished(() => following.stop())
  const open = (from?: string) =>
    openSseStream({ sites: new Set(['saf']), viewer: viewerOf(anonymous), from }, following)
  return { following, open }
}

let hours = 0
const make = (note = '', extra: Reservation['extra'] = {}, site = 'saf') =>
  reserve(
    proposed({ start: TODAY + ++hours * HOUR, note, extra, site }),
    ada,
    { override: false },
    worldOf(store, { sites: new Map() }),
  )

it('the number of streams is limited', async () => {
  const { following, open } = streamsWith()
  const first = await open()
  await Promise.all(Array.from({ length: MAX_SUBSCRIBERS - 1 }, () => open()))
  await expect(open()).rejects.toMatchObject({ code: 'busy' })
  await first.cancel()
  expect(following.count()).toBe(MAX_SUBSCRIBERS - 1)
  await open()
})

it('the sites of all streams together are limited, where each has a log of its own', async () => {
  const following = openChangeStream(
    { ...store.feed, bySite: true },
    { onError: (error) => expect.fail(String(error)), maxSites: 3 },
  )
  onTestFinished(() => following.stop())
  const open = (...codes: string[]) =>
    openSseStream({ sites: new Set(codes), viewer: viewerOf(anonymous), from: undefined }, following)
  const first = await open('saf', 'mrc1')
  await open('saf', 'mrc2')
  await expect(open('mrc1', 'aro1')).rejects.toMatchObject({ code: 'busy' })
  await first.cancel()
  await open('saf', 'aro1')
  expect(following.count()).toBe(2)
})

it('streams of many sites are sent to in many turns of the event loop, where each site has a log of its own', async () => {
  const [sites, streams, changes] = [Array.from({ length: 100 }, (_, n) => `many-${n}`), 60, 10]
  let number = 0
  const end = () => cursorAt(new Map(['', ...sites].map((log) => [log, { number, nonce: '' }])))
  const { reservation: after } = await make('', {}, sites[0])
  const [change] = await store.history(after.id)
  const entry = (): FeedEntry => {
    number += 1
    return Object.assign(end(), { revision: change! })
  }
  let written = 0
  const feed: Feed = {
    bySite: true,
    pollMs: 50,
    cursorAt,
    end: () => Promise.resolve(end()),
    cursor: () => Promise.resolve(end()),
    since: () => {
      const entries = Array.from({ length: written }, entry)
      written = 0
      return Promise.resolve({ entries, next: end(), remaining: 0 })
    },
  }
  const following = openChangeStream(feed, { onError: (error) => expect.fail(String(error)), heartbeatMs: 0 })
  const most = { sent: 0, beats: 0 }
  let [turn, sent, beats, isOver] = [{ ...most }, 0, 0, false]
  const onTurn = () => {
    turn = { sent: 0, beats: 0 }
    if (!isOver) setImmediate(onTurn)
  }
  onTurn()
  onTestFinished(() => {
    isOver = true
    following.stop()
  })
  for (let n = 0; n < streams; n += 1)
    await following.subscribe(
      {
        sites: new Set(sites),
        start: () => undefined,
        send: () => void ((sent += 1), (most.sent = Math.max(most.sent, (turn.sent += 1)))),
        heartbeat: () => void ((beats += 1), (most.beats = Math.max(most.beats, (turn.beats += 1)))),
        buffered: () => ({ bytes: 0, chars: 0 }),
        drained: () => Promise.resolve(),
        end: () => undefined,
      },
      undefined,
    )
  await vi.waitFor(() => expect(beats).toBeGreaterThan(streams))
  written = changes
  await vi.waitFor(() => expect(sent).toBe(streams * changes))
  expect(most.sent).toBeLessThan(50)
  expect(most.beats).toBeLessThan(50)
})

it('a stream beyond the limit is answered 503 with a JSON string', async () => {
  const { following: changeStream, open } = streamsWith({ maxSubscribers: 1 })
  await open()
  const app = createApp(appOptions(store, { changeStream }))
  const { status, body } = await app(requestTo('GET', '/dev/changes', { query: 'site=saf' }))
  expect([status, body]).toEqual([503, '"Too many are following the calendar just now; please ask again later."'])
})

it('a quiet stream sends heartbeats with its cursor', async () => {
  const { open } = streamsWith({ heartbeatMs: 300 })
  const stream = blocksOf(await open())
  await stream.hello()
  const beat = { comment: 'still here', id: stream.last() }
  expect([await stream.next(), await stream.next()]).toEqual([beat, beat])
  await reserve(proposed({ site: 'elsewhere' }), ada, { override: false }, worldOf(store))
  let block
  do block = await stream.next()
  while (block?.id === beat.id)
  expect(block).toEqual({ comment: 'still here', id: (await store.feed.end()).id })
})

it('a stream ends after its maximum age, so that the client reconnects with a fresh token', async () => {
  const { following, open } = streamsWith({ maxSubscriptionMs: 700 })
  const stream = blocksOf(await open())
  const startedAt = performance.now()
  while (await stream.next());
  expect(performance.now() - startedAt).toBeGreaterThan(700)
  expect(following.count()).toBe(0)
})

it('a stream buffers a limited amount until the client reads, then sends the rest', async () => {
  const { following, open } = streamsWith({ maxBuffered: 5000 })
  const slow = blocksOf(await open())
  await slow.hello()
  const ids = []
  while (following.backfilling() === 0) {
    const before = following.bufferedChars()
    ids.push((await make('x'.repeat(2000))).reservation.id)
    await vi.waitUntil(() => following.bufferedChars() > before || following.backfilling() > 0, { timeout: 10_000 })
  }
  const waiting = following.bufferedChars()
  expect(waiting).toBeLessThan(10_000)
  for (let n = 0; n < 20; n += 1) ids.push((await make('x'.repeat(2000))).reservation.id)
  const quick = blocksOf(await open())
  await quick.hello()
  ids.push((await make()).reservation.id)
  expect((await quick.change()).data.event_id).toBe(ids.at(-1))
  // A change counts until its client asks for the next one.
  void quick.next()
  await vi.waitUntil(() => following.bufferedChars() <= waiting, { timeout: 10_000 })
  for (const id of ids) expect((await slow.change()).data.event_id).toBe(id)
})

it('a stream limits its buffer by bytes, however many of them a character takes', async () => {
  const { following, open } = streamsWith({ maxBuffered: 7000 })
  const slow = blocksOf(await open())
  await slow.hello()
  const before = following.bufferedChars()
  await make('', { filler: '\u{1F52D}'.repeat(2000) })
  await vi.waitUntil(() => following.bufferedChars() > before, { timeout: 10_000 })
  expect(following.bufferedChars()).toBeLessThan(6000)
  await make()
  await vi.waitUntil(() => following.backfilling() > 0, { timeout: 10_000 })
})

it('a stream ends when the client stops reading, and resumes there on reconnection', async () => {
  const { following, open } = streamsWith({ maxBuffered: 1, stallTimeoutMs: 600 })
  const slow = blocksOf(await open())
  await slow.hello()
  const ids = []
  while (following.count() > 0) {
    ids.push((await make()).reservation.id)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const seen = []
  for (let block; (block = await slow.next());) seen.push(block.data.event_id)
  const again = blocksOf(await open(slow.last()))
  while (seen.length < ids.length) seen.push((await again.change()).data.event_id)
  expect(seen).toEqual(ids)
})

it('the change stream ends the stream with the largest buffer when all buffers together are too large', async () => {
  const { following, open } = streamsWith({ maxBufferedTotal: 10_000 })
  const [slow, quick] = [blocksOf(await open()), blocksOf(await open())]
  await slow.hello()
  await quick.hello()
  while (following.count() === 2) {
    const { reservation } = await make('x'.repeat(1500))
    expect((await quick.change()).data.event_id).toBe(reservation.id)
  }
  const { reservation } = await make()
  expect((await quick.change()).data.event_id).toBe(reservation.id)
  while (await slow.next());
  expect(following.bufferedChars()).toBeLessThan(10_000)
})

it('a stream reads the feed no faster than its client reads the stream', async () => {
  const { id: from } = await store.feed.end()
  for (let n = 0; n < 40; n += 1) await make('x'.repeat(2000), { padding: 'p'.repeat(50_000) })
  let reads = 0
  const feed = store.feed
  const following = openChangeStream(
    { ...feed, since: (...about) => ((reads += 1), feed.since(...about)) },
    { onError: () => {} },
  )
  onTestFinished(() => following.stop())
  const body = await openSseStream({ sites: new Set(['saf']), viewer: viewerOf(anonymous), from }, following)
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(reads).toBeLessThan(2)
  const stream = blocksOf(body)
  for (let n = 0; n < 40; n += 1) await stream.change()
  expect(reads).toBeGreaterThan(2)
})

it('a stream sends reset only to a client that missed more than 500 changes at its sites', async () => {
  const { id: from } = await store.feed.end()
  const { open } = streamsWith()
  const elsewhere = Array.from({ length: MAX_BACKFILL + 1 }, () => make('', {}, 'elsewhere'))
  await Promise.all([...elsewhere, ...Array.from({ length: MAX_BACKFILL }, () => make())])
  const near = blocksOf(await open(from))
  for (let n = 0; n < MAX_BACKFILL; n += 1) expect((await near.next())?.event ?? 'change').toBe('change')
  await make()
  const far = blocksOf(await open(from))
  await far.next()
  expect(await far.next()).toMatchObject({ event: 'reset' })
  const { reservation } = await make()
  expect((await far.change()).data.event_id).toBe(reservation.id)
})

it('a stream reads no changes of other sites when a client reconnects', async () => {
  const { id: from } = await store.feed.end()
  await Promise.all(Array.from({ length: 300 }, () => make('', {}, 'elsewhere')))
  const feed = store.feed
  const pages: FeedPage[] = []
  const since: typeof feed.since = async (...about) => {
    const page = await feed.since(...about)
    if (page) pages.push(page)
    return page
  }
  const following = openChangeStream({ ...feed, since }, { onError: () => {} })
  onTestFinished(() => following.stop())
  const stream = blocksOf(
    await openSseStream({ sites: new Set(['saf']), viewer: viewerOf(anonymous), from }, following),
  )
  void stream.next()
  await vi.waitUntil(() => following.backfilling() === 0, { timeout: 10_000 })
  expect(pages).toEqual([{ entries: [], next: await feed.end(), remaining: 0 }])
})

it('the change stream does not block the event loop while many streams backfill', async () => {
  const { id: from } = await store.feed.end()
  for (let n = 0; n < 30; n += 1) await make('', { padding: 'p'.repeat(60_000) })
  const { following, open } = streamsWith()
  const streams = await Promise.all(Array.from({ length: 20 }, () => open(from)))
  const readers = streams.map(blocksOf).map(async (stream) => {
    for (let n = 0; n < 30; n += 1) await stream.change()
  })
  let [turns, caughtUp] = [0, false]
  const count = () => {
    turns += 1
    if (!caughtUp) setImmediate(count)
  }
  count()
  await Promise.all(readers)
  caughtUp = true
  // Each stream reads at least three pages, of some milliseconds each, and the event loop turns between them.
  expect(turns).toBeGreaterThan(20)
  expect(following.count()).toBe(20)
})

it('a stream joins the live streams without loss or duplicates, ahead of them or behind', async () => {
  const { open } = streamsWith()
  const others = blocksOf(await open())
  await others.hello()
  const place = others.last()
  const ids = [(await make()).reservation.id]
  const ahead = blocksOf(await open(place))
  const seen = { ahead: [(await ahead.change()).data.event_id], behind: [] as string[] }
  const behind = await open(place)
  ids.push((await make()).reservation.id)
  // The live streams are past both entries now; `behind`, which nobody has read, still backfills.
  for (const id of ids) expect((await others.change()).data.event_id).toBe(id)
  const late = blocksOf(behind)
  ids.push((await make()).reservation.id)
  while (seen.ahead.length < ids.length) seen.ahead.push((await ahead.change()).data.event_id)
  while (seen.behind.length < ids.length) seen.behind.push((await late.change()).data.event_id)
  expect(seen).toEqual({ ahead: ids, behind: ids })
})

it('a stream that was read to its end before the live streams went on does not join them yet', async () => {
  const { feed } = store
  const held: (() => void)[] = []
  let isHolding = false
  const since: typeof feed.since = async (...about) => {
    const page = await feed.since(...about)
    if (isHolding && about[1] > MAX_BACKFILL) await new Promise<void>((resolve) => held.push(resolve))
    return page
  }
  const following = openChangeStream({ ...feed, since }, { onError: (error) => expect.fail(String(error)) })
  onTestFinished(() => following.stop())
  const open = async () =>
    blocksOf(await openSseStream({ sites: new Set(['saf']), viewer: viewerOf(anonymous), from: undefined }, following))
  const others = await open()
  await others.hello()
  await expect.poll(() => following.backfilling()).toBe(0)
  isHolding = true
  const late = await open()
  await late.hello()
  const next = late.change()
  await expect.poll(() => held.length).toBe(1)
  const missed = (await make()).reservation.id
  expect((await others.change()).data.event_id).toBe(missed)
  isHolding = false
  held[0]!()
  await expect.poll(() => following.backfilling()).toBe(0)
  const { reservation } = await make()
  expect((await next).data.event_id).toBe(missed)
  expect((await late.change()).data.event_id).toBe(reservation.id)
})

it('the change stream ends all streams when it stops, and starts no other', async () => {
  const { following, open } = streamsWith()
  const one = blocksOf(await open())
  following.stop()
  while (await one.next());
  await expect(open()).rejects.toMatchObject({ code: 'unavailable' })
  expect(following.count()).toBe(0)
})
