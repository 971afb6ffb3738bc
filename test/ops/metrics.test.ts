import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTE_NAMES } from '../../src/http/endpoints/index.ts'
import { version } from '../../src/main/wiring.ts'
import { serve, stubServer, type TestServer, newEvent } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve({ METRICS: 'on' })
})
afterAll(() => server.stop())

/** The values of a metric by its labels, such as `{ 'site="saf"': 1 }`. */
async function values(name: string, at = server): Promise<Record<string, number>> {
  const { text } = await at.send('GET', '/metrics')
  const lines = text.split('\n').flatMap((line) => {
    const [, named, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    return named === name ? [[labels, Number(value)] as const] : []
  })
  return Object.fromEntries(lines)
}

describe('counters of events that have not occurred', () => {
  it('are 0 for every route and alerted status', async () => {
    const requests = await values('calendar_requests_total')
    for (const route of ROUTE_NAMES)
      for (const status of [401, 429, 500, 502, 503]) expect(requests[`route="${route}",status="${status}"`]).toBe(0)
  })

  it('are 0 for changes, lost log lines and delivery outcomes', async () => {
    expect((await values('calendar_store_seconds_count'))['operation="change"']).toBe(0)
    expect(await values('calendar_log_lines_lost_total')).toEqual({ '': 0 })
    const telling = await serve({ METRICS: 'on', PROJECTS_URL: (await stubServer(() => ({ status: 200 }))).url })
    expect(await values('calendar_deliveries_total', telling)).toMatchObject({
      'outcome="refused"': 0,
      'outcome="given_up"': 0,
    })
    await telling.stop()
  })

  it('have only known route names', async () => {
    for (const path of [
      '/',
      '/saf',
      '/nowhere',
      '/docs',
      '/health',
      '/openapi.json',
      '/assets/none.js',
      '/dev/config',
      '/dev/sites',
      '/dev/siteevents',
      '/dev/changes',
    ])
      await server.send('GET', path)
    const counted = Object.keys(await values('calendar_requests_total')).map(
      (labels) => /route="([^"]+)"/.exec(labels)?.[1],
    )
    expect([...new Set(counted)].filter((route) => !ROUTE_NAMES.includes(route ?? ''))).toEqual([])
  })
})

describe('the metrics of the store', () => {
  it('are its health, reservations, size, disk space and last change', async () => {
    const before = await values('calendar_reservations')
    expect((await server.post('newevent', newEvent(), { as: 'ada' })).status).toBe(200)
    expect(await values('calendar_store_readable')).toEqual({ '': 1 })
    expect(await values('calendar_store_writable')).toEqual({ '': 1 })
    expect(await values('calendar_reservations')).toEqual({ '': (before[''] ?? 0) + 1 })
    expect(await values('calendar_store_bytes')).toEqual({
      'part="file"': expect.any(Number),
      'part="log"': expect.any(Number),
    })
    const [free, size] = [await values('calendar_disk_free_bytes'), await values('calendar_disk_bytes')]
    expect(free['disk="store"']).toBeGreaterThan(0)
    expect(size['disk="store"']).toBeGreaterThan(free['disk="store"'] ?? Infinity)
    expect((await values('calendar_last_change_timestamp_seconds'))['']).toBeGreaterThan(Date.now() / 1000 - 3600)
    expect(await values('calendar_build_info')).toEqual({ [`version="${version}"`]: 1 })
  })
})

describe('the time of the last poll', () => {
  const night = { start: '2030-06-20T18:00:00Z', end: '2030-06-21T18:00:00Z' }

  it('is set by requests of one known site and at most three days, but not by browsers', async () => {
    await server.post('siteevents', { site: 'eco1', ...night, end: '2030-06-27T18:00:00Z' })
    await server.post('siteevents', { site: ['eco1', 'eco2'], ...night })
    await server.post('siteevents', { site: 'nowhere', ...night })
    await server.post('siteevents', { site: 'eco1', ...night }, { headers: { 'Sec-Fetch-Site': 'same-origin' } })
    expect(await values('calendar_last_poll_timestamp_seconds')).toEqual({})
    await server.post('siteevents', { site: 'eco1', ...night })
    await server.get('siteevents?site=mrc1&start=2030-06-20T18:00:00Z&end=2030-06-21T18:00:00Z')
    const polled = await values('calendar_last_poll_timestamp_seconds')
    expect(Object.keys(polled)).toEqual(['site="eco1"', 'site="mrc1"'])
    expect(polled['site="eco1"']).toBeGreaterThan(Date.now() / 1000 - 3600)
  })
})
