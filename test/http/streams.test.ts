import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import { eyesOf } from '../../src/domain/access.ts'
import { HOUR } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import { createApp } from '../../src/http/app.ts'
import { openStream } from '../../src/http/streams.ts'
import { silentLog } from '../../src/ops/log.ts'
import { openMetrics } from '../../src/ops/metrics.ts'
import { type FollowingOptions, MOST_FOLLOWERS, openFollowing } from '../../src/service/follow.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { Store } from '../../src/store/store.ts'
import { blocksOf } from '../stream.ts'
import { ada, memoryStore, TODAY, wish, worldOf } from '../world.ts'

let store: Store
beforeEach(() => {
  store = memoryStore()
})
afterEach(() => store.close())

/** Streams over the store, which end with the test. */
function streamsWith(options: Partial<FollowingOptions> = {}) {
  const following = openFollowing(store.feed ?? expect.fail(), { report: (error) => expect.fail(String(error)), ...options })
  onTestFinished(() => following.stop())
  const open = (from?: string) => openStream({ sites: new Set(['saf']), eyes: eyesOf(anonymous), from }, following)
  return { following, open }
}

let hours = 0
const make = (note = '') => reserve(wish({ start: TODAY + ++hours * HOUR, note }), ada, { override: false }, worldOf(store, { sites: new Map() }))

it('there are so many at once and no more', async () => {
  const { following, open } = streamsWith()
  const first = await open()
  await Promise.all(Array.from({ length: MOST_FOLLOWERS - 1 }, () => open()))
  await expect(open()).rejects.toMatchObject({ code: 'unavailable' })
  await first.cancel()
  expect(following.count()).toBe(MOST_FOLLOWERS - 1)
  await open()
})

it('one too many is a 503 with a JSON string', async () => {
  const { following, open } = streamsWith({ most: 1 })
  await open()
  const app = createApp({
    base: '/dev', world: worldOf(store), projects: undefined, maxWindowDays: 1, strangers: { take: () => {}, give: () => {} }, addressOf: () => '', newId: () => '',
    about: { stage: 'dev', version: '', issuer: null, audience: '', clientId: '', demo: false, conflicts: 'deny', maxWindowDays: 1, stream: true, projects: false, sites: new Map(), frameAncestors: [] },
    identity: { of: async () => ({ actor: anonymous }) }, log: silentLog(), metrics: openMetrics(), accepting: () => true, mayReadMetrics: () => true, assertFits: () => {}, compresses: false, following,
  })
  const reply = await app.request('/dev/changes?site=saf')
  expect([reply.status, await reply.json()]).toEqual([503, 'Too many are following the calendar just now; please ask again later.'])
})

it('a quiet one says now and then that it is there, and where', async () => {
  const { open } = streamsWith({ heartbeatMs: 300 })
  const stream = blocksOf(await open())
  await stream.hello()
  const beat = { comment: 'still here', id: stream.last() }
  expect([await stream.next(), await stream.next()]).toEqual([beat, beat])
  await reserve(wish({ site: 'elsewhere' }), ada, { override: false }, worldOf(store))
  let block
  do block = await stream.next()
  while (block?.id === beat.id)
  expect(block).toEqual({ comment: 'still here', id: (await store.feed?.last())?.id })
})

it('ends when it is old, so that its client comes again with a token that holds', async () => {
  const { following, open } = streamsWith({ longestMs: 700 })
  const stream = blocksOf(await open())
  const began = performance.now()
  while (await stream.next());
  expect(performance.now() - began).toBeGreaterThan(700)
  expect(following.count()).toBe(0)
})

it('ends for who takes too little, who then goes on where they were', async () => {
  const { open } = streamsWith({ mostWaiting: 10_000 })
  const slow = blocksOf(await open())
  await slow.hello()
  const { reservation } = await make()
  expect((await slow.change()).data.event_id).toBe(reservation.id)
  const ids = []
  for (let n = 0; n < 20; n += 1) ids.push((await make('x'.repeat(1000))).reservation.id)
  await new Promise((resolve) => setTimeout(resolve, 1200))
  const seen = []
  for (let block; (block = await slow.next()); ) seen.push(block.data.event_id)
  expect(seen.length).toBeLessThan(20)
  const again = blocksOf(await open(slow.last()))
  while (seen.length < ids.length) seen.push((await again.change()).data.event_id)
  expect(seen).toEqual(ids)
})

it('takes from the feed no more than its client takes from it', async () => {
  const { id: from } = (await store.feed?.last()) ?? expect.fail()
  for (let n = 0; n < 450; n += 1) await make()
  let asked = 0
  const feed = store.feed ?? expect.fail()
  const following = openFollowing({ ...feed, since: (id, limit) => ((asked += 1), feed.since(id, limit)) }, { report: () => {} })
  onTestFinished(() => following.stop())
  const body = await openStream({ sites: new Set(['saf']), eyes: eyesOf(anonymous), from }, following)
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(asked).toBe(1)
  const stream = blocksOf(body)
  for (let n = 0; n < 450; n += 1) await stream.change()
  expect(asked).toBeGreaterThan(2)
})

it('joins the others with nothing lost and nothing twice, whether it comes ahead of them or behind', async () => {
  const { open } = streamsWith()
  const others = blocksOf(await open())
  await others.hello()
  const place = others.last()
  const ids = [(await make()).reservation.id]
  const ahead = blocksOf(await open(place))
  const seen = { ahead: [(await ahead.change()).data.event_id], behind: [] as string[] }
  const behind = await open(place)
  ids.push((await make()).reservation.id)
  // Until the timer has told of it, whoever has not yet taken the first is not one of those it tells.
  for (const id of ids) expect((await others.change()).data.event_id).toBe(id)
  const late = blocksOf(behind)
  ids.push((await make()).reservation.id)
  while (seen.ahead.length < ids.length) seen.ahead.push((await ahead.change()).data.event_id)
  while (seen.behind.length < ids.length) seen.behind.push((await late.change()).data.event_id)
  expect(seen).toEqual({ ahead: ids, behind: ids })
})

it('ends them all when it stops, and begins no other', async () => {
  const { following, open } = streamsWith()
  const one = blocksOf(await open())
  following.stop()
  while (await one.next());
  await expect(open()).rejects.toMatchObject({ code: 'unavailable' })
  expect(following.count()).toBe(0)
})
