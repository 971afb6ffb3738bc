import { beforeEach, expect, it } from 'vitest'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import { siteEvents } from '../../src/http/endpoints/siteevents.ts'
import type { HttpRequest } from '../../src/http/exchange.ts'
import { KnownTags } from '../../src/http/known-tags.ts'
import { respondRevalidated } from '../../src/http/respond.ts'
import { ada, bo, grace, memoryStore, TODAY } from '../context.ts'

const QUESTION = { site: 'saf', start: TODAY, end: TODAY + 60 }

let version: string | undefined
let body: string
/** How often a response was made. */
let made: number
let tags: KnownTags
beforeEach(() => {
  version = 'first'
  body = '[]'
  made = 0
  tags = new KnownTags(siteEvents, { ...memoryStore(), versionOf: async () => version })
})

async function get(ifNoneMatch?: string, input: object = QUESTION, actor: Actor = anonymous) {
  const request = { header: (name: string) => (name === 'if-none-match' ? ifNoneMatch : undefined) } as HttpRequest
  const response = await tags.revalidate(request, { input, actor }, () => {
    made += 1
    return respondRevalidated(body, undefined, request)
  })
  return { status: response.status, tag: response.headers['ETag'] ?? '' }
}

it('makes no response that the client has, however a proxy has altered its tag', async () => {
  const { tag } = await get()
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*', tag.replace(/"$/, '-gzip"')])
    expect(await get(known)).toEqual({ status: 304, tag })
  expect(made).toBe(1)
  expect(await get('"other"')).toEqual({ status: 200, tag })
  expect(made).toBe(2)
})

it('makes it again when the reservations have changed, with another tag only if it is another', async () => {
  const { tag } = await get()
  version = 'second'
  expect(await get(tag)).toEqual({ status: 304, tag })
  expect(made).toBe(2)
  version = 'third'
  body = '[{}]'
  expect(await get(tag)).toMatchObject({ status: 200 })
  expect(made).toBe(3)
})

it('makes it for each question and each view', async () => {
  const { tag } = await get()
  for (const input of [
    { ...QUESTION, end: TODAY + 61 },
    { ...QUESTION, site: ['saf', 'aro1'] },
  ])
    await get(tag, input)
  for (const actor of [ada, bo, grace]) await get(tag, QUESTION, actor)
  expect(made).toBe(6)
  await get(tag, QUESTION, ada)
  expect(made).toBe(6)
})

it('always makes it with the details of projects, and when the version is unknown', async () => {
  const { tag } = await get()
  await get(tag, { ...QUESTION, full_project_details: true })
  await get(tag, { ...QUESTION, full_project_details: true })
  version = undefined
  await get(tag)
  await get(tag)
  expect(made).toBe(5)
})
