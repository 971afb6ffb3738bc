import { createServer as createHttp, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { exportSPKI, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type DomainCalendar, domainCalendarAt } from '../../src/client/domain/calendar.ts'
import { conflictsOf, freeTimesOf } from '../../src/client/domain/problem.ts'
import { ApiError, NetworkError } from '../../src/client/problem.ts'
import { HOUR, MINUTE } from '../../src/domain/interval.ts'
import { instantOf } from '../../src/wire/time.ts'
import { june, observation, portal } from '../portal.ts'
import {
  freshId,
  hour,
  type Name,
  serve,
  serveDemo,
  serveHere,
  stubServer,
  type TestServer,
  newEvent,
} from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const calendarFor = (name?: Name, at = server): DomainCalendar =>
  domainCalendarAt({ base: new URL(`${at.base}/`, at.address), ...(name && { token: () => at.tokens[name] }) })

let hours = 0
/** A free interval of 45 minutes. */
function free(site = 'saf') {
  hours += 2
  return { site, start: instantOf(hour(hours)), end: instantOf(hour(hours, 45)) }
}

const rejection = async (attempt: Promise<unknown>): Promise<ApiError> => {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiError)) throw new Error('It was not refused.', { cause: error })
  return error
}

describe('without signing in', () => {
  it('the configuration is read', async () => {
    const demo = await serveDemo()
    onTestFinished(() => demo.stop())
    const issuer = `${demo.address}/demo-identity`
    const config = await calendarFor(undefined, demo).config()
    expect(config).toMatchObject({
      stage: 'dev',
      issuer,
      audience: 'urn:photonranch-calendar',
      clientId: 'photonranch-calendar',
      demo: true,
    })
    expect(config).toMatchObject({
      conflicts: 'deny',
      maxWindowDays: 366,
      maxSeries: 50,
      projects: false,
      stream: true,
      version: expect.any(String) as string,
    })
  })

  it('the configuration has no issuer if nobody can sign in', async () => {
    const pem = await publicKey()
    expect(
      (await calendarFor(undefined, await serveHere({ AUTH_ISSUER: '', AUTH_PUBLIC_KEY: pem })).config()).issuer,
    ).toBeUndefined()
  })

  it('the sites are read with their time zones', async () => {
    expect(await calendarFor().sites()).toContainEqual({
      code: 'saf',
      name: 'Apache Ridge Observatory',
      latitude: 35.554298,
      longitude: -105.870197,
      elevation: 2194,
      timeZone: 'America/Denver',
      enclosure: 'dome',
    })
  })
})

describe('planning', () => {
  it('finds targets, and when they can be observed', async () => {
    const [target] = await calendarFor().targets('m 31')
    expect(target).toMatchObject({ name: 'M 31', ra: 10.6848 })
    const during = { start: instantOf('2030-11-20T19:00:00Z'), end: instantOf('2030-11-21T19:00:00Z') }
    const { sites } = await calendarFor().targetVisibility(['saf', 'nowhere'], 'M 31', during, {
      maxAirmass: 1.1,
      darkness: 'nautical',
    })
    expect(sites.map(({ site, reasons, nights }) => [site, reasons, nights.map(({ intervals }) => intervals)])).toEqual(
      [
        ['saf', [], [[{ start: '2030-11-21T01:44:17Z', end: '2030-11-21T05:49:59Z' }]]],
        ['nowhere', ['unknown_site'], []],
      ],
    )
  })
})

describe('rules', () => {
  it('are read, and a change is checked before it is made', async () => {
    const calendar = calendarFor('ada')
    const { rules, left } = await calendar.siteRules('saf', instantOf('2031-01-01T05:00:00Z'))
    expect([rules, left]).toEqual([{}, []])
    const [id, wanted] = [freshId(), free()]
    expect(await calendar.checkReserve(id, wanted)).toEqual({
      would: 'accept',
      objections: [],
      free: { before: null, after: null },
    })
    const { reservation } = await calendar.reserve(id, wanted)
    expect((await calendarFor('bo').checkReserve(freshId(), wanted)).would).toBe('refuse')
    expect((await calendar.checkAmend(reservation, { title: 'M 31' })).would).toBe('accept')
    await calendarFor('grace').cancel(reservation, { override: true })
    expect((await rejection(calendar.checkAmend(reservation, { title: 'M 31' }))).status).toBe(404)
  })
})

describe('free time', () => {
  it('is found for a target', async () => {
    const during = { start: instantOf('2030-11-20T19:00:00Z'), end: instantOf('2030-11-21T19:00:00Z') }
    const options = { target: 'M 31', maxAirmass: 1.1, minLunarDistance: 40, order: 'best', limit: 1 } as const
    const { intervals, more, reasons } = await calendarFor().availability(['saf', 'nowhere'], during, 45, options)
    expect(intervals).toMatchObject([{ site: 'saf', night: '2030-11-20', airmass: { end: 1.1 } }])
    expect([more, reasons]).toEqual([false, { nowhere: ['unknown_site'] }])
  })
})

describe('reservations', () => {
  it('at more sites than fit in one request are all read, by start', async () => {
    const sites = Array.from({ length: 205 }, (_, n) => `many-${n}`)
    const ada = calendarFor('ada')
    const during = { start: instantOf('2031-06-01T00:00:00Z'), end: instantOf('2031-06-01T03:00:00Z') }
    for (const [n, site] of ['many-204', 'many-0', 'many-150'].entries()) {
      const start = during.start + n * HOUR
      await ada.reserve(freshId(), { site, start, end: start + HOUR })
    }
    expect((await ada.reservations(sites, during)).map(({ site }) => site)).toEqual(['many-204', 'many-0', 'many-150'])
  })
})

describe('the caller', () => {
  it.each([
    [undefined, { id: undefined, name: undefined, role: 'anonymous' }],
    ['ada', { id: 'demo|ada', name: 'Ada Lovelace', role: 'observer' }],
    ['grace', { id: 'demo|grace', name: 'Grace Hopper', role: 'admin' }],
  ] as const)('%s is known', async (name, caller) => {
    expect(await calendarFor(name).me()).toEqual(caller)
  })
})

describe('reserving', () => {
  it('returns the committed reservation', async () => {
    const when = free()
    const proposed = {
      ...when,
      title: 'M51',
      kind: 'project',
      priority: 'time_critical',
      note: 'LRGB',
      project: { name: 'a#b', createdAt: '2030-01-01' },
    } as const
    const id = freshId()
    const { reservation, revision, overlapping } = await calendarFor('ada').reserve(id, proposed)
    expect(reservation).toMatchObject({
      ...proposed,
      id,
      observer: 'demo|ada',
      creator: 'Ada Lovelace',
      origin: 'ptr',
      resource: 'saf',
      extra: {},
    })
    expect([revision, overlapping]).toEqual([1, []])
    expect(Math.abs(reservation.modified - Date.now() / 1000)).toBeLessThan(10)
  })

  it('again with the same id has the same result', async () => {
    const [id, proposed] = [freshId(), free()]
    const first = await calendarFor('ada').reserve(id, proposed)
    expect(await calendarFor('ada').reserve(id, proposed)).toEqual(first)
    expect(await calendarFor().reservations(['saf'], proposed)).toHaveLength(1)
    expect(await rejection(calendarFor('ada').reserve(id, { ...proposed, title: 'other' }))).toMatchObject({
      status: 409,
      code: 'conflict',
    })
  })

  it('is rejected if the time is taken, with the conflicts and the free times', async () => {
    const proposed = free()
    const stored = await calendarFor('ada').reserve(freshId(), { ...proposed, title: 'ada@example.org' })
    const error = await rejection(calendarFor('bo').reserve(freshId(), proposed))
    const { status, code, message } = error
    expect([status, code, message]).toEqual([
      409,
      'conflict',
      expect.stringContaining('saf is taken by Ada Lovelace (ada) from 20'),
    ])
    expect(conflictsOf(error)).toEqual([{ ...stored.reservation, title: 'ada' }])
    expect(freeTimesOf(error)).toHaveLength(2)
    for (const { start, end } of freeTimesOf(error) ?? []) {
      expect(end - start).toBeGreaterThanOrEqual(45 * MINUTE)
      await calendarFor('bo').reserve(freshId(), { site: 'saf', start, end })
    }
  })

  it('is rejected without free times at a site whose position is not known', async () => {
    const proposed = free('nowhere')
    await calendarFor('ada').reserve(freshId(), proposed)
    const { details } = await rejection(calendarFor('bo').reserve(freshId(), proposed))
    expect([details.conflicts?.length, details.free]).toEqual([1, undefined])
  })

  it('returns the overlapping reservations if they were let through', async () => {
    const lenient = await serveHere({ CONFLICTS: 'warn' })
    const proposed = free()
    const stored = await calendarFor('ada', lenient).reserve(freshId(), proposed)
    expect((await calendarFor('bo', lenient).reserve(freshId(), proposed)).overlapping).toEqual([stored.reservation])
  })

  it('is rejected with every malformed field', async () => {
    const { start, end } = free()
    const { status, code, message, details } = await rejection(
      calendarFor('ada').reserve(freshId(), { site: 'saf', start: end, end: start, note: 'x'.repeat(2001) }),
    )
    expect([status, code]).toEqual([400, 'malformed'])
    const fields = details.errors?.map(({ field }) => field)
    expect(fields).toEqual(['end', 'reservation_note'])
    expect(message).toBe(`Error: ${details.errors?.[0]?.message}`)
  })

  it.each([
    ['an anonymous caller', undefined, 401, 'unauthenticated'],
    ['a token that does not hold', 'nonsense', 401, 'unauthenticated'],
  ])('is refused to %s', async (_, token, status, code) => {
    const calendar = domainCalendarAt({ base: new URL(`${server.base}/`, server.address), token: () => token })
    expect(await rejection(calendar.reserve(freshId(), free()))).toMatchObject({ status, code })
  })
})

describe('amending', () => {
  it('changes the given fields, and detaches a project', async () => {
    const ada = calendarFor('ada')
    const { reservation } = await ada.reserve(freshId(), {
      ...free(),
      title: 'M51',
      project: { name: 'a', createdAt: '1' },
      note: 'kept',
    })
    const { start, end } = free()
    const amended = await ada.amend(reservation, { start, end, project: undefined })
    expect(amended).toMatchObject({
      revision: 2,
      reservation: { ...reservation, start, end, project: undefined, modified: expect.any(Number) as number },
    })
    const titled = await ada.amend(amended.reservation, { title: 'M33' })
    expect(titled.reservation).toEqual({ ...amended.reservation, title: 'M33', modified: titled.reservation.modified })
  })

  it('is rejected for other observers, and if the reservation has moved', async () => {
    const { reservation } = await calendarFor('ada').reserve(freshId(), free())
    expect(await rejection(calendarFor('bo').amend(reservation, { title: 'mine' }))).toMatchObject({
      status: 403,
      code: 'forbidden',
      message: 'You may only modify your own events.',
    })
    await calendarFor('ada').amend(reservation, free())
    expect(await rejection(calendarFor('ada').amend(reservation, { title: 'late' }))).toMatchObject({
      status: 404,
      code: 'not_found',
    })
  })
})

describe('lists', () => {
  it('are of a window at several sites, by start', async () => {
    const ada = calendarFor('ada')
    const [one, two, other] = [free(), free('mrc1'), free('mrc2')]
    const created = await Promise.all([
      ada.reserve(freshId(), one),
      ada.reserve(freshId(), two),
      ada.reserve(freshId(), other),
    ])
    const during = { start: one.start + HOUR / 2, end: other.end }
    expect(await ada.reservations(['saf', 'mrc1'], during)).toEqual(
      created.slice(0, 2).map(({ reservation }) => reservation),
    )
    expect(await ada.reservations(['saf'], { start: one.end, end: two.start })).toEqual([])
  })

  it('are rejected for too long a window', async () => {
    const { start } = free()
    expect(await rejection(calendarFor().reservations(['saf'], { start, end: start + 9000 * HOUR }))).toMatchObject({
      status: 400,
      code: 'malformed',
    })
  })

  it('are those of an observer, as the caller may see them', async () => {
    const cleo = calendarFor('cleo')
    const ended = await cleo.reserve(freshId(), free())
    const { reservation } = await cleo.reserve(freshId(), { ...free(), title: 'cleo@example.org' })
    expect(await cleo.reservationsOf('demo|cleo', ended.reservation.end + 1)).toEqual([reservation])
    expect(await calendarFor().reservationsOf('demo|cleo', ended.reservation.end + 1)).toEqual([
      { ...reservation, title: 'cleo' },
    ])
  })
})

describe('cancelling', () => {
  it('can be undone with a revision of the history', async () => {
    const ada = calendarFor('ada')
    const { reservation } = await ada.reserve(freshId(), free())
    await ada.cancel(reservation)
    expect(await ada.reservations(['saf'], reservation)).toEqual([])
    const history = await ada.history(reservation.id)
    expect(history).toEqual([
      { revision: 1, at: reservation.modified, by: 'demo|ada', via: 'reserve', before: undefined, after: reservation },
      {
        revision: 2,
        at: expect.any(Number) as number,
        by: 'demo|ada',
        via: 'cancel',
        before: reservation,
        after: undefined,
      },
    ])
    const restored = await ada.restore(reservation.id, 1)
    expect(restored).toMatchObject({
      revision: 3,
      reservation: { ...reservation, modified: expect.any(Number) as number },
    })
    expect(await ada.reservations(['saf'], reservation)).toEqual([restored.reservation])
  })

  it('is refused, like a change, if somebody has changed the reservation meanwhile', async () => {
    const ada = calendarFor('ada')
    const made = await ada.reserve(freshId(), free())
    const read = await ada.reservation(made.reservation.id)
    expect(read).toEqual({ reservation: made.reservation, revision: made.revision })
    const changed = await ada.amend(read.reservation, { title: 'M 63' }, { ifMatch: read.revision })
    const late = { ifMatch: read.revision }
    expect(await rejection(ada.amend(read.reservation, { title: 'M 64' }, late))).toMatchObject({ status: 412 })
    expect(await rejection(ada.cancel(read.reservation, late))).toMatchObject({ status: 412 })
    await ada.cancel(changed.reservation, { ifMatch: changed.revision })
    expect(await rejection(ada.reservation(made.reservation.id))).toMatchObject({ status: 404 })
  })

  it('is rejected for other observers, and without a reservation', async () => {
    const { reservation } = await calendarFor('ada').reserve(freshId(), free())
    expect(await rejection(calendarFor('bo').cancel(reservation))).toMatchObject({ status: 403 })
    expect(await rejection(calendarFor('ada').cancel({ id: freshId(), start: 0 }))).toMatchObject({ status: 404 })
    expect(await rejection(calendarFor('bo').history(reservation.id))).toMatchObject({ status: 403 })
  })
})

describe('projects', () => {
  const item = (name: string, at: string) => ({ project_name: name, created_at: at })

  it("are the caller's, newest first", async () => {
    const service = await stubServer(() => ({
      status: 200,
      body: [item('M31', '2030-01-01'), item('a#b', '2030-02-01')],
    }))
    const calendar = calendarFor('ada', await serveHere({ PROJECTS_URL: service.url }))
    expect((await calendar.config()).projects).toBe(true)
    expect(await calendar.projects()).toEqual([
      { name: 'a#b', createdAt: '2030-02-01' },
      { name: 'M31', createdAt: '2030-01-01' },
    ])
  })

  it('are rejected without a projects service, or if it does not answer', async () => {
    expect(await rejection(calendarFor('ada').projects())).toMatchObject({ status: 404 })
    const service = await stubServer(() => ({ status: 500 }))
    expect(
      await rejection(calendarFor('ada', await serveHere({ PROJECTS_URL: service.url })).projects()),
    ).toMatchObject({ status: 502, code: 'upstream' })
  })
})

describe('observations', () => {
  it('are those that overlap the interval, by start', async () => {
    const { url } = await portal(() => [observation(5), observation(4)])
    const calendar = calendarFor('ada', await serveHere({ PORTALS: `mrc=${url}`, PORTAL_TELESCOPES: 'mrc1=mrc/0m31' }))
    const during = { start: instantOf(june(20)), end: instantOf(june(21)) }
    expect((await calendar.observations('mrc1', during)).map(({ event_id }) => event_id)).toEqual(['1004', '1005'])
    expect(await calendar.observations('saf', during)).toEqual([])
  })
})

describe('changes', () => {
  it('are streamed from an address with the sites', async () => {
    const address = calendarFor().changesAt(['saf', 'mrc1'])
    expect(address.href).toBe(`${server.address}/dev/changes?site=saf&site=mrc1`)
    const leaving = new AbortController()
    const { status, headers } = await fetch(address, { signal: leaving.signal })
    leaving.abort()
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('text/event-stream')])
  })
})

it.each(['"7"', 'W/"7"', '"7m"', '"7-gzip"', 'W/"7m;gzip"'])(
  'the revision is read from the tag %s of a proxy',
  async (tag) => {
    const created = await server.post('newevent', newEvent(), { as: 'ada' })
    const proxy: RequestListener = (_, response) =>
      response.writeHead(200, { 'Content-Type': 'application/json', ETag: tag }).end(created.text)
    const { revision } = await domainCalendarAt({ base: await listening(createHttp(proxy)) }).reserve('any', free())
    expect(revision).toBe(7)
  },
)

describe('a calendar that cannot be reached', () => {
  const json =
    (status: number, text: string): RequestListener =>
    (_, response) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(text)
  const cut: RequestListener = (_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' })
    response.write('[{"event_id":', () => response.destroy())
  }

  it.each<[string, () => Server]>([
    ['hangs up', () => createServer((socket) => socket.destroy())],
    ['says nothing', () => createServer()],
    ['is cut in the middle of an answer', () => createHttp(cut)],
    ['is a page for people', () => createHttp(json(200, '<html>a captive portal</html>'))],
    ['answers with nothing', () => createHttp(json(204, ''))],
    ["has a gateway's own error", () => createHttp(json(502, '{"message":"Internal server error"}'))],
    ['has an error that is null', () => createHttp(json(500, 'null'))],
  ])('because it %s', async (_, create) => {
    await expectUnreachable(await listening(create()))
  })

  it('because it is not running', async () => {
    const gone = createServer()
    const base = await listening(gone)
    await new Promise((resolve) => gone.close(resolve))
    await expectUnreachable(base)
  })

  it('differs from one that rejects with a sentence alone', async () => {
    const calendar = domainCalendarAt({ base: await listening(createHttp(json(503, '"not just now"'))) })
    expect(await rejection(calendar.sites())).toMatchObject({ status: 503, code: 'unknown', message: 'not just now' })
  })

  async function expectUnreachable(base: URL): Promise<void> {
    const calendar = domainCalendarAt({ base, timeoutMs: 300 })
    const { start, end } = free()
    for (const attempt of [
      () => calendar.sites(),
      () => calendar.reservations(['saf'], { start, end }),
      () => calendar.reserve('a', { start }),
    ]) {
      const error = await attempt().catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(NetworkError)
      expect((error as Error).message).toBe('The calendar cannot be reached.')
    }
  }
})

/** Starts a server until the test finishes. @returns its address with the base path of a calendar */
async function listening(one: Server): Promise<URL> {
  const sockets = new Set<Socket>()
  one.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => void one.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    one.close()
  })
  return new URL(`http://127.0.0.1:${(one.address() as AddressInfo).port}/dev/`)
}

const publicKey = async (): Promise<string> => exportSPKI((await generateKeyPair('RS256')).publicKey)

describe('a series', () => {
  it('is made, changed and deleted from a night on', async () => {
    const ada = calendarFor('ada')
    const id = freshId()
    const input = {
      site: 'saf',
      firstNight: '2041-03-07',
      nights: { every: 7, count: 2 },
      startRule: { clock: '22:15' },
      minutes: 45,
      note: 'LRGB',
    } as const
    expect(await ada.reserveSeries(id, input, { dryRun: true })).toHaveLength(2)
    const made = await ada.reserveSeries(id, input)
    expect(made).toMatchObject([
      { night: '2041-03-07', reservation: { start: instantOf('2041-03-08T05:15:00Z'), note: 'LRGB' }, objections: [] },
      { night: '2041-03-14' },
    ])
    const part = { id, fromNight: '2041-03-14' }
    const startRule = { after: 'dark', minutes: 30 } as const
    const [changed] = await ada.amendSeries(part, { startRule, title: 'later' })
    expect(changed?.reservation).toMatchObject({ title: 'later', extra: { series_id: id } })
    expect(await ada.cancelSeries(part)).toMatchObject([{ reservation: changed?.reservation }])
  })

  it('may leave out the nights that are refused', async () => {
    const [start, end] = ['2042-03-07T03:00:00Z', '2042-03-07T05:00:00Z'].map(instantOf) as [number, number]
    await calendarFor('bo').reserve(freshId(), { site: 'saf', start, end })
    const input = { site: 'saf', nights: ['2042-03-06', '2042-03-05'], startRule: { clock: '21:15' }, minutes: 5 }
    const nights = await calendarFor('ada').reserveSeries(freshId(), input, { skipsRefused: true })
    expect(nights).toMatchObject([
      { night: '2042-03-05', objections: [] },
      { night: '2042-03-06', reservation: undefined, objections: [{ code: 'conflict', overridable: false }] },
    ])
    const refused = await calendarFor('ada')
      .reserveSeries(freshId(), input)
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({ status: 409, code: 'series', details: { nights: [{ night: '2042-03-06' }] } })
  })
})

describe('moving', () => {
  it('is done for each reservation', async () => {
    const { reservation } = await calendarFor('ada').reserve(freshId(), free())
    const start = reservation.start + 3_600_000
    expect(await calendarFor('grace').moveAll([{ id: reservation.id, start }, { id: 'nobody' }])).toMatchObject([
      { event_id: reservation.id, status: 'moved' },
      { event_id: 'nobody', status: 'not_found' },
    ])
  })
})
