import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { examplesIn, runExample } from '../examples.ts'
import { type TestServer, newEvent, serve } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const NIGHT = { start: '2030-11-20T19:00:00Z', end: '2030-11-21T19:00:00Z' }
const visibility = (body: object, ask = {}) =>
  server.post('target-visibility', { site: 'saf', target: 'M31', ...NIGHT, ...body }, ask)

it('answers availability as docs/planning.md has it', async () => {
  // The first example is not complete: its curve goes on.
  const [, { command, status, answer } = { command: '' }] = examplesIn('docs/planning.md')
  await server.post('newevent', newEvent({ start: '2030-11-21T04:00:00Z', end: '2030-11-21T05:30:00Z' }), { as: 'ada' })
  const variables = { CALENDAR: `${server.address}${server.base}` }
  expect(await runExample(command, variables)).toEqual({ status, answer })
})

it('counts the nights of availability for those who have not signed in', async () => {
  const counting = await serve({ ANONYMOUS_NIGHTS_PER_HOUR: '3' })
  const asked = { sites: ['saf', 'mrc1'], ...NIGHT, minutes: 30 }
  const statusFor = async (ask = {}) => (await counting.post('availability', asked, ask)).status
  expect([await statusFor(), await statusFor(), await statusFor({ as: 'ada' })]).toEqual([200, 429, 200])
  await counting.stop()
})

describe('targets', () => {
  it('are found by name, also with a GET', async () => {
    const andromeda = {
      name: 'M 31',
      aliases: ['NGC 224', 'Andromeda Galaxy'],
      kind: 'galaxy',
      ra: 10.6848,
      dec: 41.2691,
    }
    expect((await server.post('targets', { q: 'andromeda galaxy' })).body).toEqual([andromeda])
    const reply = await server.get('targets?q=m+31')
    expect([reply.status, reply.body]).toEqual([200, [andromeda]])
    expect(reply.headers.get('etag')).toBeTruthy()
  })

  it('that move are where they are now', async () => {
    const [moon] = (await server.post('targets', { q: 'Moon' })).body
    expect(moon).toMatchObject({ name: 'Moon', kind: 'moon', ra: expect.any(Number), dec: expect.any(Number) })
    expect(Math.abs(moon.dec)).toBeLessThan(29)
  })

  it('are 20 at most, and none is an empty list', async () => {
    expect((await server.post('targets', { q: 'm' })).body).toHaveLength(20)
    expect((await server.post('targets', { q: 'nonesuch' })).body).toEqual([])
  })

  it('may be coordinates, which are checked', async () => {
    expect((await server.post('targets', { q: '00 42 44.3 -00 30 00' })).body).toEqual([
      { name: '00 42 44.3 -00 30 00', aliases: [], kind: 'coordinates', ra: 10.68458, dec: -0.5 },
    ])
    const { status, body } = await server.post('targets', { q: '25 00 00 +00 30 00' })
    expect([status, body]).toEqual([400, 'Error: q has a right ascension of 24 hours (360 degrees) or more'])
  })
})

describe('the visibility of a target', () => {
  it('has rise, transit, set, dark intervals above the limit, and a curve', async () => {
    const { status, body } = await visibility({})
    expect(status).toBe(200)
    expect(body.target).toMatchObject({ name: 'M 31', kind: 'galaxy' })
    const { curve, ...night } = body.sites[0].nights[0]
    expect(body.sites[0]).toMatchObject({ site: 'saf', reasons: [] })
    expect(night).toEqual({
      night: '2030-11-20',
      rise: '2030-11-20T19:12:04Z',
      transit: '2030-11-21T03:47:08Z',
      transit_altitude: 84.1,
      set: '2030-11-21T12:22:12Z',
      intervals: [{ start: '2030-11-21T01:22:40Z', end: '2030-11-21T09:03:23Z' }],
    })
    expect(curve).toMatchObject({ start: '2030-11-20T23:53:50Z', minutes: 10 })
    expect([curve.altitude.length, curve.airmass.length]).toEqual([84, 84])
    expect([curve.altitude[0], curve.airmass[0], curve.airmass.at(-1)]).toEqual([44.7, 1.42, null])
  })

  it('is the same for a name, coordinates and a place, and by a GET', async () => {
    const [named, placed] = [await visibility({}), await visibility({ target: { ra: 10.6848, dec: 41.2691 } })]
    const written = await visibility({ target: { name: '10.6848 +41.2691' } })
    expect(placed.body.sites).toEqual(named.body.sites)
    expect(written.body.sites).toEqual(named.body.sites)
    const query = new URLSearchParams({ sites: 'saf', target: 'Andromeda', max_airmass: '2', ...NIGHT })
    expect((await server.get(`target-visibility?${query.toString()}`)).body).toEqual(named.body)
  })

  it('keeps to max_airmass and darkness', async () => {
    const intervalsOf = async (body: object) => (await visibility(body)).body.sites[0].nights[0].intervals
    expect(await intervalsOf({ max_airmass: 1.1, darkness: 'nautical' })).toEqual([
      { start: '2030-11-21T01:44:17Z', end: '2030-11-21T05:49:59Z' },
    ])
    expect((await intervalsOf({ darkness: 'none' }))[0].start).toBe('2030-11-20T22:30:53Z')
  })

  it('of each site is given in turn, with the reason where there is none', async () => {
    const { body } = await visibility({
      site: undefined,
      sites: ['saf', 'nowhere', 'saf'],
      target: { ra: 0, dec: -89 },
    })
    expect(body.sites.map(({ site, reasons }: Record<string, unknown>) => [site, reasons])).toEqual([
      ['saf', ['target_low']],
      ['nowhere', ['unknown_site']],
    ])
    expect(body.sites[0].nights[0]).toMatchObject({ rise: null, transit: null, set: null, intervals: [] })
  })

  it('does not lack for the light of a part of a night that was asked about', async () => {
    const reasonsFor = async (body: object) =>
      (await visibility({ target: { ra: 0, dec: -89 }, ...body })).body.sites[0].reasons
    expect(await reasonsFor({ end: '2030-11-21T22:00:00Z' })).toEqual(['target_low'])
    expect(await reasonsFor({ end: '2030-11-20T22:00:00Z' })).toEqual(['not_dark'])
  })

  it('of planets and the Moon is computed too', async () => {
    for (const target of ['Jupiter', 'Moon']) {
      const { body } = await visibility({ target, max_airmass: 5 })
      expect(body.target).toMatchObject({ name: target, ra: expect.any(Number) })
      expect(body.sites[0].nights[0].transit).toMatch(/Z$/)
    }
  })

  it.each([
    [{ target: 'Andromda Galaxy' }, 'Error: the catalogue has no target Andromda Galaxy; it has Andromeda Galaxy'],
    [{ target: { name: 'qqqqqqqqqqqq' } }, 'Error: the catalogue has no target qqqqqqqqqqqq'],
    [{ target: '00 00 00 +91 00 00' }, 'Error: target has a declination beyond 90 degrees'],
    [{ target: { ra: 360, dec: 0 } }, 'Error: target.ra must be from 0 to below 360'],
    [{ max_airmass: 0.9 }, 'Error: max_airmass must be a number from 1 to 40'],
    [{ darkness: 'pitch' }, 'Error: darkness must be one of none, civil, nautical, astronomical'],
    [{ end: NIGHT.start }, 'Error: end must be after start'],
    [{ site: undefined }, 'Error: missing required key site'],
  ])('is refused for %j', async (body, message) => {
    const reply = await visibility(body)
    expect([reply.status, reply.body]).toEqual([400, message])
  })

  it('is of 10 sites and 14 nights for strangers, and of 100 and 31 for others', async () => {
    const sites = (count: number) => Array.from({ length: count }, (_, n) => `site-${n}`)
    const until = (nights: number) => new Date(Date.parse(NIGHT.start) + nights * 86_400_000).toISOString()
    const statuses = async (ask: object, count: number, nights: number) => [
      (await visibility({ site: sites(count) }, ask)).status,
      (await visibility({ site: sites(count + 1) }, ask)).status,
      (await visibility({ end: until(nights) }, ask)).status,
      (await visibility({ end: until(nights + 1) }, ask)).status,
    ]
    expect(await statuses({}, 10, 14)).toEqual([200, 400, 200, 400])
    expect(await statuses({ as: 'ada' }, 100, 31)).toEqual([200, 400, 200, 400])
    expect((await visibility({ end: until(15) })).body).toBe(
      'Error: a question is about at most 14 nights; sign in to ask for more',
    )
  })

  it('can be asked for in the first and the last year', async () => {
    for (const [start, end] of [
      ['0000-01-02T00:00:00Z', '0000-01-03T00:00:00Z'],
      ['9999-12-29T00:00:00Z', '9999-12-30T00:00:00Z'],
    ])
      expect((await visibility({ start, end })).status).toBe(200)
  })

  it('is metered for strangers only', async () => {
    const whole = { site: Array.from({ length: 10 }, (_, n) => `site-${n}`), end: '2030-12-04T19:00:00Z' }
    const statuses = new Set<number>()
    for (let n = 0; n < 145; n++) statuses.add((await visibility(whole)).status)
    expect([...statuses]).toEqual([200, 429])
    expect((await visibility(whole, { as: 'ada' })).status).toBe(200)
  })
})
