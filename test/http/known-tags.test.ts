import { beforeEach, expect, it } from 'vitest'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import { siteEvents } from '../../src/http/endpoints/siteevents.ts'
import type { HttpRequest } from '../../src/http/exchange.ts'
import { KnownTags } from '../../src/http/known-tags.ts'
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
  const response = await tags.revalidate(request, { input, actor }, () => {
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
