import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { observationCodec } from '../../src/http/observation-lists.ts'
import { openPortals, type PortalsOptions } from '../../src/sources/portals.ts'
import type { PortalTelescope } from '../../src/sources/portal-schedule.ts'
import { at } from '../context.ts'
import {
  aServer,
  june,
  type Observation,
  observation,
  observations,
  pageOf,
  portal,
  SECRET,
  sendJson,
} from '../portal.ts'

const DURING = { start: at(june(20)), end: at(june(21)) }
const AMPLE = { pageMs: 5000, totalMs: 20_000 }

/** The portals with one telescope, `mrc1`; the test advances the clock. */
function portalsAt(address: string, telescope: Partial<PortalTelescope> = {}, more: Partial<PortalsOptions> = {}) {
  const skipped: number[] = []
  const outcomes: string[] = []
  let seconds = 1000
  const portals = openPortals(
    new Map([['mrc1', { address, telescope: '0m31', authorization: SECRET, ...telescope }]]),
    {
      ...observationCodec((_, count) => void skipped.push(count)),
      elapsed: () => seconds,
      onRead: (outcome) => void outcomes.push(outcome),
      timeouts: AMPLE,
      ...more,
    },
  )
  const read = async (during = DURING, site = 'mrc1') => {
    const lists = await portals.observations(site, during)
    return lists && (JSON.parse(Buffer.from(lists.masked).toString()) as Record<string, unknown>[])
  }
  return {
    portals,
    read,
    ids: async () => (await read())?.map(({ event_id }) => event_id),
    failure: () =>
      portals.observations('mrc1', DURING).then(
        () => undefined,
        (error: unknown) => error as Failure & { cause: Error },
      ),
    wait: (more: number) => void (seconds += more),
    skipped,
    outcomes,
  }
}

const idsOf = (schedule: readonly Observation[]) => schedule.map(({ id }) => String(id))
const byStart = (schedule: readonly Observation[]) =>
  schedule.toSorted(
    (a, b) => String(a['start']).localeCompare(String(b['start'])) || (String(a.id) < String(b.id) ? -1 : 1),
  )

describe('a request to a portal', () => {
  it('names the telescope, the window in both ways, the states but the last two, and the secret', async () => {
    const { url, requests } = await portal(() => observations(2))
    await portalsAt(url).read()
    expect(requests).toHaveLength(1)
    const [{ path, query, headers } = { path: '', query: new URLSearchParams(), headers: {} }] = requests
    expect(path).toBe('/observation-portal/api/schedule')
    const { state, ...others } = Object.fromEntries([...query.keys()].map((key) => [key, query.getAll(key)]))
    expect(state).toEqual(['PENDING', 'IN_PROGRESS', 'NOT_ATTEMPTED', 'COMPLETED', 'ABORTED', 'FAILED'])
    expect(others).toEqual({
      telescope: ['0m31'],
      start: [june(20)],
      end: [june(21)],
      end_after: [june(20)],
      start_before: [june(21)],
      limit: ['1000'],
      offset: ['0'],
    })
    expect(headers.authorization).toBe(SECRET)
  })

  it('names enclosure and site if the portal has several places, and no secret if there is none', async () => {
    const { url, requests } = await portal()
    await portalsAt(url, { enclosure: 'doma', site: 'elp', authorization: undefined }).read()
    const { query, headers } = requests[0] ?? { query: new URLSearchParams(), headers: {} }
    expect([query.get('enclosure'), query.get('site'), headers.authorization]).toEqual(['doma', 'elp', undefined])
  })

  it('is not sent for a site without a portal', async () => {
    const { url, requests } = await portal(() => observations(2))
    expect(await portalsAt(url).read(DURING, 'saf')).toBeUndefined()
    expect(requests).toEqual([])
  })
})

describe('a schedule', () => {
  it('is read page by page until its count, in the steps in which it comes', async () => {
    const schedule = observations(250)
    const { url, requests, offsets } = await portal(() => schedule, 'stock')
    expect(await portalsAt(url, { authorization: undefined }).ids()).toEqual(idsOf(byStart(schedule)))
    // The stock portal redirects the first request to the same address with a slash.
    expect(offsets()).toEqual(['0', '0', '100', '200'])
    expect(requests[0]?.path).toBe('/observation-portal/api/schedule')
    expect(new Set(requests.slice(1).map(({ path }) => path))).toEqual(new Set(['/observation-portal/api/schedule/']))
  })

  it('with a secret comes a thousand at a time', async () => {
    const { url, offsets } = await portal(() => observations(2500))
    expect(await portalsAt(url).ids()).toHaveLength(2500)
    expect(offsets()).toEqual(['0', '1000', '2000'])
  })

  it('is never followed by `next`: another host is not asked, and does not see the secret', async () => {
    const asked: unknown[] = []
    const elsewhere = await aServer((requested, response) => {
      asked.push(requested)
      sendJson(response, { count: 0, results: [] })
    })
    const schedule = observations(1500)
    const { url, turn, requests } = await portal()
    turn((requested, response) =>
      sendJson(response, { ...pageOf(schedule, requested), next: `${elsewhere.url}/observation-portal/api/schedule` }),
    )
    expect(await portalsAt(url).ids()).toHaveLength(1500)
    expect(requests).toHaveLength(2)
    expect(asked).toEqual([])
  })

  it.each([301, 302, 303, 307, 308])('is a failure if the portal redirects elsewhere with %i', async (status) => {
    const asked: unknown[] = []
    const elsewhere = await aServer((requested, response) => {
      asked.push(requested)
      sendJson(response, { count: 0, results: [] })
    })
    const { url, turn, requests } = await portal()
    for (const Location of [`${elsewhere.url}/observation-portal/api/schedule/`, '/elsewhere', '//', 'http://[', '']) {
      turn((_, response) => void response.writeHead(status, { Location }).end())
      expect((await portalsAt(url).failure())?.code, Location).toBe('upstream')
    }
    expect(requests).toHaveLength(5)
    expect(asked).toEqual([])
  })

  it('is a failure if the portal redirects forever', async () => {
    const { url, turn, requests } = await portal()
    turn(({ path }, response) => void response.writeHead(301, { Location: `${path}/` }).end())
    expect((await portalsAt(url).failure())?.code).toBe('upstream')
    expect(requests).toHaveLength(2)
  })

  it('that grows while it is read has each observation once', async () => {
    let schedule = observations(1000)
    const { url, offsets } = await portal(({ query }) => {
      if (query.get('offset') !== '0') schedule = [observation(5000), ...schedule]
      return query.get('offset') === '0' ? [...schedule, observation(4000)] : [...schedule, observation(4000)]
    })
    const ids = await portalsAt(url).ids()
    expect(offsets()).toEqual(['0', '1000'])
    expect(new Set(ids).size).toBe(ids?.length)
    expect(ids).toHaveLength(1001)
  })

  it('of twenty pages is read, and of more is a failure and not a cut list', async () => {
    const { url, turn, requests } = await portal()
    const inTens = (count: number) => (requested: { query: URLSearchParams }) =>
      pageOf(observations(count), { ...requested, path: '', headers: {}, query: small(requested.query) })
    const small = (query: URLSearchParams) => new URLSearchParams({ offset: query.get('offset') ?? '', limit: '10' })
    turn((requested, response) => sendJson(response, inTens(200)(requested)))
    expect(await portalsAt(url).ids()).toHaveLength(200)
    expect(requests).toHaveLength(20)
    turn((requested, response) => sendJson(response, inTens(201)(requested)))
    const failure = await portalsAt(url).failure()
    expect([failure?.code, failure?.cause.message]).toEqual(['upstream', 'the portal has more than 20 pages'])
    expect(failure?.message).toBe(
      'The observation portal has more of this time than can be read; please ask for a shorter window.',
    )
    expect(requests).toHaveLength(40)
  })

  it.each([
    ['ignores the offset', { count: 3, results: observations(2) }],
    ['sends fewer than it counts', { count: 3, results: [] }],
  ])('is a failure if the portal %s', async (_, page) => {
    const { url, turn } = await portal()
    turn((__, response) => sendJson(response, page))
    expect((await portalsAt(url).failure())?.cause.message).toBe('a page of the portal has nothing new')
  })

  it('has what overlaps the window only, even if the portal ignores that', async () => {
    const [before, into, within, out, after] = [
      observation(1, { start: june(19, '20:00'), end: june(20) }),
      observation(2, { start: june(19, '23:30'), end: june(20, '00:30') }),
      observation(3),
      observation(4, { start: june(20, '23:30'), end: june(21, '00:30') }),
      observation(5, { start: june(21), end: june(21, '01:00') }),
    ]
    const { url } = await portal(() => [before, into, within, out, after], 'naive')
    expect(await portalsAt(url).ids()).toEqual(idsOf([into, within, out]))
  })

  it('has neither canceled observations nor bad data, even if the portal ignores the states', async () => {
    const states = ['CANCELED', 'PENDING', 'BAD_DATA', 'NEW_STATE']
    const { url } = await portal(() => states.map((state, n) => observation(n, { state })))
    expect((await portalsAt(url).read())?.map((one) => one['observation_state'])).toEqual(['PENDING', 'NEW_STATE'])
  })

  it('may be empty', async () => {
    const { url } = await portal()
    expect(await portalsAt(url).read()).toEqual([])
  })

  it('may be compressed', async () => {
    const { url, turn } = await portal()
    turn((requested, response) => {
      expect(requested.headers['accept-encoding']).toContain('gzip')
      response.writeHead(200, { 'Content-Encoding': 'gzip' })
      response.end(gzipSync(JSON.stringify(pageOf(observations(3), requested))))
    })
    expect(await portalsAt(url).ids()).toHaveLength(3)
  })
})

describe('a portal that answers badly', () => {
  const page = JSON.stringify({ count: 2, results: observations(2) })

  it.each<[string, string | Buffer, number?]>([
    ['a 401', '{"detail":"Invalid token."}', 401],
    ['a 403', '{}', 403],
    ['a 404', page, 404],
    ['a 500', page, 500],
    ['HTML', '<html><body>Bad gateway</body></html>'],
    ['nothing', ''],
    ['garbage', Buffer.from([0xff, 0xfe, 0x00, 0x22])],
    ['a truncated page', page.slice(0, -40)],
    ['a page truncated in a text', page.slice(0, page.indexOf('hubble') + 3)],
    ['two pages', page + page],
    ['a list', '[]'],
    ['a text', '"[]"'],
    ['null', 'null'],
    ['no count', '{"results":[]}'],
    ['a count that is text', '{"count":"0","results":[]}'],
    ['a negative count', '{"count":-1,"results":[]}'],
    ['half a count', '{"count":0.5,"results":[]}'],
    ['no results', '{"count":0}'],
    ['results that are null', '{"count":0,"results":null}'],
    ['results that are an object', '{"count":0,"results":{}}'],
    ['a result that is a number', '{"count":1,"results":[1]}'],
    ['a result that is a list', '{"count":1,"results":[[]]}'],
    ['a result that is null', '{"count":1,"results":[null]}'],
    ['a missing comma', '{"count":2,"results":[{"id":1} {"id":2}]}'],
    ['a comma too many', '{"count":1,"results":[{"id":1},]}'],
    ['a single quote', "{'count':0,'results':[]}"],
    ['a key that is a number', '{1:1,"count":0,"results":[]}'],
    ['no colon', '{"count" 0,"results":[]}'],
    ['no value', '{"count":,"results":[]}'],
    ['brackets that do not match', '{"count":1,"results":[{"id":1]]}'],
    [
      'an observation of 300 kB',
      JSON.stringify({ count: 1, results: [observation(1, { name: 'x'.repeat(300_000) })] }),
    ],
    ['a text of 300 kB beside the results', JSON.stringify({ count: 0, results: [], next: 'x'.repeat(300_000) })],
    ['300 kB of spaces', `{"count":0,${' '.repeat(300_000)}"results":[]}`],
    ['a number of 300 kB', `{"count":${'1'.repeat(300_000)},"results":[]}`],
    ['two lists of results', '{"count":0,"results":[],"results":[]}'],
    ['a thousand fields', `{${Array.from({ length: 1000 }, (__, n) => `"${n}":1,`).join('')}"count":0,"results":[]}`],
    [
      '20,001 observations',
      JSON.stringify({ count: 1, results: Array.from({ length: 20_001 }, (__, id) => ({ id })) }),
    ],
    [
      'deep nesting',
      `{"count":1,"results":[{"id":1,"start":"${june(20)}","end":"${june(21)}","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`,
    ],
    ['only observations without an id', JSON.stringify({ count: 1, results: [{ start: june(20), end: june(21) }] })],
  ])('with %s is a failure, and never an empty list', async (_, body, status = 200) => {
    const { url, turn } = await portal()
    turn((__, response) => void response.writeHead(status, { 'Content-Type': 'application/json' }).end(body))
    const { failure, outcomes } = portalsAt(url)
    const failed = await failure()
    expect([failed?.code, failed?.message]).toEqual([
      'upstream',
      'The observation portal does not answer just now; please try again.',
    ])
    expect(failed?.cause.message).not.toMatch(/hubble|Invalid token/)
    expect(outcomes).toEqual(['failed'])
  })

  it('without a connection is a failure', async () => {
    const { url, stop } = await portal()
    await stop()
    expect((await portalsAt(url).failure())?.code).toBe('upstream')
  })

  it('that breaks off within its answer is a failure', async () => {
    const { url, turn } = await portal()
    turn((_, response) => {
      response.writeHead(200, { 'Content-Length': '1000' }).write('{"count":', () => response.destroy())
    })
    expect((await portalsAt(url).failure())?.code).toBe('upstream')
  })

  it('that sends without end is cut off', async () => {
    const { url, turn } = await portal()
    let isClosed: Promise<unknown> | undefined
    turn((_, response) => {
      isClosed = new Promise((resolve) => response.once('close', () => resolve(undefined)))
      const chunk = Buffer.alloc(1_000_000, ' ')
      const send = () => {
        if (!response.destroyed) response.write(chunk, send)
      }
      response.writeHead(200)
      send()
    })
    expect((await portalsAt(url).failure())?.cause.message).toBe('the portal answered with more than 16000000 bytes')
    await isClosed
  })

  it('that compresses an endless page is cut off', async () => {
    const { url, turn } = await portal()
    const body = gzipSync(Buffer.alloc(20_000_000, ' '))
    turn((_, response) => void response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(body))
    expect((await portalsAt(url).failure())?.cause.message).toBe('the portal answered with more than 16000000 bytes')
  })

  it.each([
    ['does not answer', false],
    ['does not end its answer', true],
  ])('that %s in time is a failure', async (_, begins) => {
    const { url, turn } = await portal()
    turn((__, response) => {
      if (begins) response.writeHead(200).write('{"count":1')
    })
    const { failure } = portalsAt(url, {}, { timeouts: { pageMs: 50, totalMs: 600_000 } })
    expect((await failure())?.cause.name).toBe('TimeoutError')
  })

  it('whose pages together take too long is a failure', async () => {
    const { url, turn, requests } = await portal()
    turn((_, response) => {
      if (requests.length < 3) sendJson(response, { count: 10, results: [observation(requests.length)] })
    })
    const { failure } = portalsAt(url, {}, { timeouts: { pageMs: 600_000, totalMs: 1000 } })
    expect((await failure())?.cause.name).toBe('TimeoutError')
    expect(requests.length).toBeLessThanOrEqual(3)
  })

  it('is asked again by the next request', async () => {
    const { url, turn } = await portal(() => observations(1))
    const { failure, ids } = portalsAt(url)
    turn((_, response) => sendJson(response, {}, 500))
    expect((await failure())?.code).toBe('upstream')
    turn()
    expect(await ids()).toHaveLength(1)
  })

  it('never shows the secret in an error', async () => {
    const { url, stop } = await portal()
    await stop()
    const failed = await portalsAt(url).failure()
    expect(
      JSON.stringify([failed?.message, failed?.cause.message, failed?.cause.stack, failed?.cause.cause]),
    ).not.toContain(SECRET.slice(6))
  })
})

describe('malformed observations', () => {
  it.each([
    ['no id', { id: undefined }],
    ['an id that is an object', { id: {} }],
    ['no start', { start: null }],
    ['a start that is no time', { start: 'soon' }],
    ['an end that is a number', { end: 1 }],
    ['a day that does not exist', { end: '2030-06-31T00:00:00Z' }],
    ['an end at their start', { start: june(20, '05:00'), end: june(20, '05:00') }],
    ['an end before their start', { start: june(20, '05:00'), end: june(20, '04:00') }],
  ])('with %s are left out and counted', async (_, overrides) => {
    const { url } = await portal(() => [observation(1), observation(2, overrides)], 'naive')
    const { ids, skipped } = portalsAt(url)
    expect(await ids()).toEqual(['1001'])
    expect(skipped).toEqual([1])
  })

  it('without texts still have every field, as text', async () => {
    const bare = { id: 'an id', start: '2030-06-20T04:15', end: '2030-06-20T04:45:00.9+00:00' }
    const odd = {
      ...bare,
      id: 7,
      state: 5,
      submitter: null,
      name: ['x'],
      request: 12,
      observation_type: {},
      modified: 'x',
    }
    const { url } = await portal(() => [bare, odd] as unknown as Observation[], 'naive')
    const expected = {
      start: june(20, '04:15'),
      end: june(20, '04:45'),
      creator: 'UNKNOWN',
      creator_id: 'UNKNOWN#LCO',
      last_modified: june(20, '04:15'),
      reservation_type: 'observation',
      origin: 'LCO',
      title: 'UNKNOWN (via LCO)',
      resourceId: 'mrc1',
      site: 'mrc1',
      observation_type: 'UNKNOWN',
      observation_state: 'UNKNOWN',
      request_state: 'UNKNOWN',
    }
    expect(await portalsAt(url).read()).toEqual([
      { ...expected, event_id: '7', observation_state: '5', observation_data: odd },
      { ...expected, event_id: 'an id', observation_data: bare },
    ])
  })
})

describe('the cache', () => {
  it('holds the list of a telescope and window for half a minute', async () => {
    const { url, requests } = await portal(() => observations(1))
    const { read, wait } = portalsAt(url)
    await read()
    wait(29)
    await read()
    expect(requests).toHaveLength(1)
    await read({ ...DURING, end: DURING.end + 1 })
    await read({ ...DURING, start: DURING.start + 1 })
    expect(requests).toHaveLength(3)
    wait(2)
    await read()
    expect(requests).toHaveLength(4)
  })

  it('lets all who ask for the same wait for one request, also if that fails', async () => {
    const { url, turn, requests } = await portal()
    const answers: (() => void)[] = []
    turn((requested, response) => {
      answers.push(() => sendJson(response, requests.length === 1 ? pageOf(observations(1), requested) : {}))
    })
    const { portals, wait } = portalsAt(url)
    for (const isFailure of [false, true]) {
      const asked = Array.from({ length: 5 }, () => portals.observations('mrc1', DURING))
      await expect.poll(() => answers.length).toBe(1)
      answers.pop()?.()
      const settled = await Promise.allSettled(asked)
      expect(new Set(settled.map(({ status }) => status))).toEqual(new Set([isFailure ? 'rejected' : 'fulfilled']))
      wait(31)
    }
    expect(requests).toHaveLength(2)
  })

  it('holds at most 200 lists', async () => {
    const { url, requests } = await portal(() => observations(1))
    const { read } = portalsAt(url)
    for (let n = 0; n <= 200; n += 1) await read({ ...DURING, end: DURING.end + n })
    await read({ ...DURING, end: DURING.end + 1 })
    expect(requests).toHaveLength(201)
    await read(DURING)
    expect(requests).toHaveLength(202)
  })
})

describe('requests to one portal', () => {
  it('are two at a time, and twenty wait; those to another do not', async () => {
    const { url, turn, requests } = await portal()
    const held: (() => void)[] = []
    turn((_, response) => void held.push(() => sendJson(response, { count: 0, results: [] })))
    const other = await portal(() => observations(1))
    const telescopes = new Map([
      ['mrc1', { address: url, telescope: '0m31' }],
      ['aro1', { address: other.url, telescope: '0m3' }],
    ])
    const portals = openPortals(telescopes, { ...observationCodec(() => {}), elapsed: () => 0, onRead: () => {} })
    const ask = (n: number) => portals.observations('mrc1', { ...DURING, end: DURING.end + n })
    const asked = Array.from({ length: 22 }, (_, n) => ask(n))
    await expect(ask(22)).rejects.toMatchObject({ code: 'busy' })
    await portals.observations('aro1', DURING)
    await expect.poll(() => held.length).toBe(2)
    expect(requests).toHaveLength(2)
    turn((_, response) => sendJson(response, { count: 0, results: [] }))
    for (const release of held) release()
    await Promise.all(asked)
    expect(requests).toHaveLength(22)
  })
})

describe('those who wait for portals', () => {
  it('are 50, so that a slow portal takes no more places of other requests; the cache is for all', async () => {
    const { url, turn } = await portal(() => observations(1))
    const { portals, read } = portalsAt(url)
    await read()
    const held: (() => void)[] = []
    turn((_, response) => void held.push(() => sendJson(response, { count: 0, results: [] })))
    const later = { ...DURING, end: DURING.end + 1 }
    const asked = Array.from({ length: 50 }, () => portals.observations('mrc1', later))
    await expect(portals.observations('mrc1', later)).rejects.toMatchObject({ code: 'busy' })
    expect(await read()).toHaveLength(1)
    await expect.poll(() => held.length).toBe(1)
    held[0]?.()
    await Promise.all(asked)
    expect(await read(later)).toEqual([])
  })
})

describe('submitters', () => {
  it('are masked where they are email addresses, wherever they are', async () => {
    const data = observation(1, { submitter: 'ada@example.org', name: 'For bo@example.org, M31 @ f/8' })
    const { url } = await portal(() => [data, observation(2)])
    const { portals, read } = portalsAt(url)
    const [masked, plain] = (await read()) ?? []
    expect(masked).toMatchObject({
      creator: 'ada',
      creator_id: 'ada#LCO',
      title: 'For bo, M31 @ f/8 (via LCO)',
      observation_data: { ...data, submitter: 'ada', name: 'For bo, M31 @ f/8' },
    })
    const lists = await portals.observations('mrc1', DURING)
    const whole = JSON.parse(Buffer.from(lists?.whole ?? '').toString()) as unknown[]
    expect(whole).toEqual([
      {
        ...masked,
        creator: 'ada@example.org',
        creator_id: 'ada@example.org#LCO',
        title: `${String(data['name'])} (via LCO)`,
        observation_data: data,
      },
      plain,
    ])
  })

  it('without one need no second list', async () => {
    const { url } = await portal(() => observations(3))
    const lists = await portalsAt(url).portals.observations('mrc1', DURING)
    expect(lists?.masked).toBe(lists?.whole)
  })
})

describe('a large schedule', () => {
  const filler = Array.from({ length: 300 }, (_, n) => ({ n, text: 'exposure \\" ] } {' }))

  it('is read in chunks, so that others are served in between', async () => {
    const schedule = observations(1000).map((one) => ({ ...one, filler }))
    const { url, turn } = await portal()
    let turns = 0
    const body = JSON.stringify({ count: 1000, results: schedule })
    expect(body.length).toBeGreaterThan(10_000_000)
    turn((_, response) => void response.writeHead(200).end(body))
    const counting = setInterval(() => (turns += 1), 0)
    const list = await portalsAt(url).read()
    clearInterval(counting)
    expect(list).toHaveLength(1000)
    expect(list?.[0]?.['observation_data']).toEqual(schedule[0])
    expect(turns).toBeGreaterThan(40)
  })

  it('beyond 32 MB is too large', async () => {
    const schedule = observations(1000).map((one) => ({ ...one, filler }))
    const body = Array.from({ length: 4 }, (_, page) =>
      JSON.stringify({ count: 4000, results: schedule.map((one) => ({ ...one, id: one.id + 1000 * page })) }),
    )
    const { url, turn } = await portal()
    turn(({ query }, response) => void response.writeHead(200).end(body[Number(query.get('offset')) / 1000]))
    expect((await portalsAt(url).failure())?.code).toBe('too_large')
  })
})
