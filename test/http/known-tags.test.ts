import { beforeEach, expect, it } from 'vitest'
import { viewerOf } from '../../src/domain/access.ts'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import { siteEvents } from '../../src/http/endpoints/siteevents.ts'
import type { HttpRequest } from '../../src/http/exchange.ts'
import { KnownTags, keyOf } from '../../src/http/known-tags.ts'
import { respondRevalidated } from '../../src/http/respond.ts'
import { ada, bo, grace, memoryStore, TODAY, worldOf } from '../context.ts'

const INPUT = { site: 'saf', start: TODAY, end: TODAY + 60 }

let version: string | undefined
let body: string
/** How often a response was built. */
let built: number
let tags: KnownTags
beforeEach(() => {
  version = 'first'
  body = '[]'
  built = 0
  tags = new KnownTags(siteEvents, worldOf({ ...memoryStore(), versionOf: async () => version }))
})

async function get(ifNoneMatch?: string, input: object = INPUT, actor: Actor = anonymous) {
  const request = { header: (name: string) => (name === 'if-none-match' ? ifNoneMatch : undefined) } as HttpRequest
  const key = keyOf(JSON.stringify(input), viewerOf(actor))
  const response = await tags.revalidate(request, { key, input }, () => {
    built += 1
    return respondRevalidated(body, undefined, request)
  })
  return { status: response.status, tag: response.headers['ETag'] ?? '' }
}

it('a known tag is answered 304 without a new response, however a proxy has altered it', async () => {
  const { tag } = await get()
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*', tag.replace(/"$/, '-gzip"')])
    expect(await get(known)).toEqual({ status: 304, tag })
  expect(built).toBe(1)
  expect(await get('"other"')).toEqual({ status: 200, tag })
  expect(built).toBe(2)
})

it('a response is built again when the version changes, with a new tag only if it differs', async () => {
  const { tag } = await get()
  version = 'second'
  expect(await get(tag)).toEqual({ status: 304, tag })
  expect(built).toBe(2)
  version = 'third'
  body = '[{}]'
  expect(await get(tag)).toMatchObject({ status: 200 })
  expect(built).toBe(3)
})

it('a response is built once for each input and each view', async () => {
  const { tag } = await get()
  for (const input of [
    { ...INPUT, end: TODAY + 61 },
    { ...INPUT, site: ['saf', 'aro1'] },
  ])
    await get(tag, input)
  for (const actor of [ada, bo, grace]) await get(tag, INPUT, actor)
  expect(built).toBe(6)
  await get(tag, INPUT, ada)
  expect(built).toBe(6)
})

it('a response is always built with project details, and when the version is unknown', async () => {
  const { tag } = await get()
  await get(tag, { ...INPUT, full_project_details: true })
  await get(tag, { ...INPUT, full_project_details: true })
  version = undefined
  await get(tag)
  await get(tag)
  expect(built).toBe(5)
})

it('what a query was parsed to is remembered with its tag, unless it is long', async () => {
  const key = keyOf('site=saf', viewerOf(anonymous))
  expect(tags.inputOf(key)).toBeUndefined()
  const request = { header: () => undefined } as unknown as HttpRequest
  const make = () => respondRevalidated(body, undefined, request)
  await tags.revalidate(request, { key, input: INPUT }, make)
  expect(tags.inputOf(key)).toBe(INPUT)
  const long = keyOf(`site=saf&x=${'x'.repeat(1000)}`, viewerOf(anonymous))
  await tags.revalidate(request, { key: long, input: INPUT }, make)
  expect(tags.inputOf(long)).toBeUndefined()
})

it('no viewer has the key of another, whatever the text of their query and id', () => {
  const own = (observer: string) => viewerOf({ ...ada, id: observer })
  const keys = [
    keyOf('a', viewerOf(anonymous)),
    keyOf('a', viewerOf(grace)),
    keyOf('a', own('everything')),
    keyOf('a', own('x 1 b')),
    keyOf('a x', own('1 b')),
    keyOf('a x 1', own('b')),
  ]
  expect(new Set(keys).size).toBe(keys.length)
})
