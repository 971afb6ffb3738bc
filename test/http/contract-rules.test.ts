import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, freshId, fromNow, iso, type Reply, serve, serveHere, type TestServer } from '../server.ts'

const PROBLEM = { Accept: 'application/problem+json' }
const DENVER = { latitude: 35.554, longitude: -105.87, elevation: 2194, time_zone: 'America/Denver', enclosure: 'dome' }
const ADA = 'demo|ada'

const ONE_HOUR = { longest_minutes: 60 }
/** Every rule, at a site where nothing else is asked. */
const RULES = {
  length: { lengths: { realtime: ONE_HOUR, project: ONE_HOUR } },
  horizon: { horizon_days: 10 },
  notice: { notice_minutes: 120 },
  cancel_notice: { cancel_notice_minutes: 120 },
  darkness: { darkness: 'nautical' },
  hours_per_night: { hours_per_night: 1 },
  hours_per_7_nights: { hours_per_7_nights: 1 },
  upcoming: { upcoming: 1 },
  one_at_a_time: { one_at_a_time: true },
} as const
type Rule = keyof typeof RULES

const PATHS = [
  'create',
  'move',
  'lengthen',
  'restore',
  'kind',
  'site',
  'shorten',
  'note',
  'delete',
  'service',
  'override',
] as const
type Path = (typeof PATHS)[number]

const siteOf = (rule: Rule, path: Path) => `${rule}-${path}`
const sites = [
  ...(Object.keys(RULES) as Rule[]).flatMap((rule) =>
    PATHS.map((path) => ({ code: siteOf(rule, path), name: rule, ...DENVER, rules: RULES[rule] })),
  ),
  { code: 'free', name: 'Without rules', ...DENVER },
  {
    code: 'all',
    name: 'All rules',
    ...DENVER,
    rules: { ...RULES.length, ...RULES.darkness, ...RULES.notice, ...RULES.hours_per_night },
  },
  { code: 'tally', name: 'Quotas', ...DENVER, rules: { hours_per_night: 2, hours_per_7_nights: 5, upcoming: 40 } },
  { code: 'race', name: 'Races', ...DENVER, rules: { hours_per_night: 1 } },
  { code: 'mixed', name: 'Races of all kinds', ...DENVER, rules: { hours_per_night: 3 } },
  { code: 'solo-1', name: 'One telescope', ...DENVER, rules: { one_at_a_time: true } },
  { code: 'solo-2', name: 'Another', ...DENVER, rules: { one_at_a_time: true } },
]

let server: TestServer
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'calendar-rules-'))
  const file = join(folder, 'sites.json')
  writeFileSync(file, JSON.stringify({ rules: { horizon_days: 3000 }, sites }))
  server = await serve({ SITES_FILE: file })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

/** About midnight in Denver, more than 30 days ahead, of a night that no other test uses, nor the week before it. */
let weeks = 0
const midnight = () => Math.floor(Date.now() / DAY + 30 + 8 * ++weeks) * DAY + 7 * 60 * MINUTE
const MINUTE = 60_000
const DAY = 1440 * MINUTE
const span = (start: number, minutes: number) => ({ start: iso(start), end: iso(start + minutes * MINUTE) })

interface Span {
  readonly start: string
  readonly end: string
}

/** An interval that breaks a rule for Ada, once `others` are there. The fields of `others` replace those of the reservation. */
function badSpan(rule: Rule): { bad: Span; others: readonly (Span & { site?: string })[] } {
  const night = midnight()
  const bad = span(night, 50)
  const soon = { start: fromNow(60), end: fromNow(110) }
  const cases: Record<Rule, ReturnType<typeof badSpan>> = {
    length: { bad: span(night, 90), others: [] },
    horizon: { bad, others: [] },
    notice: { bad: soon, others: [] },
    cancel_notice: { bad: soon, others: [] },
    darkness: { bad: span(night + DAY / 2, 50), others: [] },
    hours_per_night: { bad, others: [span(night + 120 * MINUTE, 40)] },
    hours_per_7_nights: { bad, others: [span(night - 6 * DAY, 40)] },
    upcoming: { bad, others: [span(night + 5 * DAY, 40)] },
    one_at_a_time: { bad, others: [{ ...span(night - 10 * MINUTE, 120), site: 'free' }] },
  }
  return cases[rule]
}

/** Makes a reservation of Ada's, as a service does, which no rule binds. */
async function made(fields: Readonly<Record<string, unknown>>) {
  const event_id = freshId()
  const reply = await server.post('newevent', { event_id, creator_id: ADA, ...fields }, { key: true })
  expect(reply.body).toMatchObject({ new_calendar_event: { event_id } })
  return event_id
}

const codesOf = ({ body }: Reply): string[] => body.errors.map(({ code }: { code: string }) => code)
const earlier = (time: string, minutes: number) => iso(Date.parse(time) - minutes * MINUTE)

/** What Ada asks for on each path, of a reservation that breaks the rule. */
const ACTIONS: Record<Path, (site: string, bad: Span, ask: Ask) => Promise<Reply>> = {
  create: (site, bad, ask) => server.post('newevent', { event_id: freshId(), site, ...bad }, ask),
  async move(site, bad, ask) {
    const event_id = await made({ site, ...span(midnight(), 10) })
    return server.post('modifyevent', { event_id, ...bad }, ask)
  },
  async lengthen(site, bad, ask) {
    const event_id = await made({ site, ...bad })
    return server.post('modifyevent', { event_id, start: earlier(bad.start, 5) }, ask)
  },
  async restore(site, bad, ask) {
    const event_id = await made({ site, ...bad })
    await server.post('delete', { event_id }, { key: true })
    return server.post('restore-event', { event_id, revision: 1 }, ask)
  },
  async kind(site, bad, ask) {
    const event_id = await made({ site, ...bad })
    return server.post('modifyevent', { event_id, reservation_type: 'project' }, ask)
  },
  async site(site, bad, ask) {
    const event_id = await made({ site: `unlisted-${freshId()}`, ...bad })
    return server.post('modifyevent', { event_id, site }, ask)
  },
  async shorten(site, bad, ask) {
    const event_id = await made({ site, ...bad })
    return server.post('modifyevent', { event_id, end: earlier(bad.end, 35) }, ask)
  },
  async note(site, bad, ask) {
    const event_id = await made({ site, ...bad })
    return server.post('modifyevent', { event_id, reservation_note: 'clouds', ...bad }, ask)
  },
  async delete(site, bad, ask) {
    const event_id = await made({ site, ...bad })
    return server.post('delete', { event_id }, ask)
  },
  service: (site, bad) =>
    server.post('newevent', { event_id: freshId(), creator_id: ADA, site, ...bad }, { key: true }),
  override: (site, bad) =>
    server.post('newevent', { event_id: freshId(), creator_id: ADA, site, ...bad, override: true }, { as: 'grace' }),
}

const ALLOWED: readonly Path[] = ['shorten', 'note', 'delete', 'service', 'override']

function expectedOf(rule: Rule, path: Path): number {
  if (rule === 'cancel_notice') return path === 'delete' ? 409 : 200
  // Its start stays where it is.
  if (rule === 'notice' && path === 'kind') return 200
  return ALLOWED.includes(path) ? 200 : 409
}

describe.each(Object.keys(RULES) as Rule[])('the rule %s', (rule) => {
  it.each(PATHS)('on the path %s', async (path) => {
    const site = siteOf(rule, path)
    const { bad, others } = badSpan(rule)
    for (const other of others) await made({ site, ...other })
    const reply = await ACTIONS[path](site, bad, { as: 'ada', headers: PROBLEM })
    expect([reply.status, reply.body]).toEqual([expectedOf(rule, path), expect.anything()])
    if (reply.status === 409) {
      expect(codesOf(reply)).toEqual([rule])
      expect(reply.body).toMatchObject({
        type: 'urn:photonranch-calendar:problem:rules',
        code: 'rules',
        detail: reply.body.errors[0].message,
        errors: [{ overridable: false }],
      })
    }
  })
})

describe('a refusal', () => {
  const daylight = () => span(midnight() + DAY / 2, 90)

  it('names every broken rule, a conflict first', async () => {
    const bad = daylight()
    await server.post('newevent', { event_id: freshId(), site: 'all', ...bad, creator_id: 'demo|bo' }, { key: true })
    const reply = await ACTIONS.create('all', bad, { as: 'ada', headers: PROBLEM })
    expect([reply.status, reply.body.code]).toEqual([409, 'rules'])
    expect(codesOf(reply)).toEqual(['conflict', 'length', 'darkness', 'hours_per_night'])
    expect(reply.body.conflicts).toHaveLength(1)
    expect(reply.body.free.after).not.toBeNull()
    const plain = await ACTIONS.create('all', bad, { as: 'ada' })
    expect(plain.body).toMatch(/^all is taken by .* There are 3 more objections\.$/)
  })

  it('without a conflict names the first rule, and how many more', async () => {
    const { status, type, body } = await ACTIONS.create('all', daylight(), { as: 'ada' })
    expect([status, type]).toEqual([409, 'application/json'])
    expect(body).toBe('A realtime reservation at all lasts at most 1 hour. There are 2 more objections.')
  })

  it('leaves everything as it was', async () => {
    const event_id = await made({ site: 'all', ...span(midnight(), 30) })
    expect((await server.post('modifyevent', { event_id, ...daylight() }, { as: 'ada' })).status).toBe(409)
    expect((await server.post('event-history', { event_id }, { as: 'ada' })).body).toHaveLength(1)
  })

  it('is no answer to one who may not do it, or to a malformed request', async () => {
    const event_id = await made({ site: 'all', ...span(midnight(), 30) })
    const ask: Ask = { as: 'bo' }
    expect((await server.post('modifyevent', { event_id, ...daylight() }, ask)).status).toBe(403)
    expect(
      (await server.post('newevent', { event_id: freshId(), site: 'all', ...daylight(), creator_id: ADA }, ask)).status,
    ).toBe(403)
    expect(
      (await server.post('newevent', { event_id: freshId(), site: 'all', ...daylight(), override: true }, ask)).status,
    ).toBe(403)
    const { start, end } = daylight()
    expect(
      (await server.post('newevent', { event_id: freshId(), site: 'all', start: end, end: start }, ask)).status,
    ).toBe(400)
  })

  it('is not repeated for a retry', async () => {
    const event = { event_id: freshId(), site: 'tally', ...span(midnight(), 120) }
    expect((await server.post('newevent', event, { as: 'cleo' })).status).toBe(200)
    expect((await server.post('newevent', event, { as: 'cleo' })).status).toBe(200)
  })

  it('is not for maintenance, nor for projects that are attached', async () => {
    const event = { event_id: freshId(), site: 'all', ...daylight() }
    const closure = { ...event, reservation_type: 'maintenance' }
    expect((await server.post('newevent', closure, { as: 'grace' })).status).toBe(200)
    const event_id = await made({ site: 'all', ...daylight() })
    const attach = { project_id: 'M31#1', events: [{ event_id }] }
    expect((await server.post('add-projects-to-events', attach)).body).toEqual([{ event_id, status: 'updated' }])
  })
})

describe('an admin', () => {
  it('is told, may override, and is recorded', async () => {
    const event = { event_id: freshId(), site: 'all', ...span(midnight() + DAY / 2, 90), creator_id: ADA }
    const told = await server.post('newevent', event, { as: 'grace', headers: PROBLEM })
    expect(told.status).toBe(409)
    expect(told.body.errors[0]).toMatchObject({ code: 'length', overridable: true })
    expect((await server.post('newevent', { ...event, override: true }, { as: 'grace' })).status).toBe(200)
    const [first] = (await server.post('event-history', { event_id: event.event_id }, { as: 'ada' })).body
    expect(first.overridden).toEqual(['length', 'darkness', 'hours_per_night'])
  })

  it('may override the notice of a deletion', async () => {
    const event_id = await made({ site: siteOf('cancel_notice', 'delete'), start: fromNow(60), end: fromNow(90) })
    expect((await server.post('delete', { event_id }, { as: 'grace' })).status).toBe(409)
    expect((await server.post('delete', { event_id, override: true }, { as: 'ada' })).status).toBe(403)
    expect((await server.post('delete', { event_id, override: true }, { as: 'grace' })).status).toBe(200)
    const { body } = await server.post('event-history', { event_id }, { as: 'grace' })
    expect(body.at(-1).overridden).toEqual(['cancel_notice'])
  })

  it('who reserves for an observer uses the quota of that observer', async () => {
    const night = midnight()
    await made({ site: 'race', ...span(night, 60) })
    const more = { event_id: freshId(), site: 'race', ...span(night, 10) }
    expect((await server.post('newevent', { ...more, creator_id: ADA }, { as: 'grace' })).status).toBe(409)
    expect(
      (await server.post('newevent', { ...more, ...span(night + 120 * MINUTE, 10) }, { as: 'grace' })).status,
    ).toBe(200)
  })
})

it('a reservation in the name of a service has no quota, whoever changes it', async () => {
  const night = midnight()
  const event = { event_id: freshId(), site: 'race', ...span(night, 90) }
  expect((await server.post('newevent', event, { key: true })).status).toBe(200)
  const longer = { event_id: event.event_id, ...span(night, 150) }
  expect((await server.post('modifyevent', longer, { as: 'grace' })).status).toBe(200)
})

it('deleting a preemptible reservation of another observer meets the notice as well', async () => {
  const site = siteOf('cancel_notice', 'delete')
  const preemptible = { site, project_priority: 'background' }
  const soon = await made({ ...preemptible, start: fromNow(30), end: fromNow(50) })
  const later = await made({ ...preemptible, start: fromNow(300), end: fromNow(350) })
  expect((await server.post('delete', { event_id: soon }, { as: 'bo' })).status).toBe(409)
  expect((await server.post('delete', { event_id: later }, { as: 'bo' })).status).toBe(200)
})

it("the network's rules hold at a code without a place as well, and darkness does not", async () => {
  const event = { event_id: freshId(), site: 'nowhere', start: fromNow(3001 * 1440), end: fromNow(3001 * 1440 + 60) }
  const reply = await server.post('newevent', event, { as: 'ada', headers: PROBLEM })
  expect(codesOf(reply)).toEqual(['horizon'])
})

describe('check-event', () => {
  const check = (as: string, event: object, ask: Ask = { as: 'ada' }) => server.post('check-event', { as, event }, ask)

  it('accepts what the write accepts, and changes nothing', async () => {
    const event = { event_id: freshId(), site: 'all', ...span(midnight(), 45) }
    const free = { before: null, after: null }
    expect((await check('newevent', event)).body).toEqual({ would: 'accept', objections: [], free })
    expect((await server.post('get-event', { event_id: event.event_id })).status).toBe(404)
    expect((await server.post('newevent', event, { as: 'ada' })).status).toBe(200)
    const longer = { event_id: event.event_id, reservation_note: 'a' }
    expect((await check('modifyevent', longer)).body.would).toBe('accept')
    expect((await server.post('get-event', { event_id: event.event_id })).body.reservation_note).toBe('')
    expect((await server.post('event-history', { event_id: event.event_id }, { as: 'ada' })).body).toHaveLength(1)
  })

  it('names the objections of the write, whether they may be overridden, and the nearest free dark time', async () => {
    const event = { event_id: freshId(), site: 'all', ...span(midnight() + DAY / 2, 90) }
    const { body } = await check('newevent', event)
    const refused = await server.post('newevent', event, { as: 'ada', headers: PROBLEM })
    expect(body).toMatchObject({ would: 'refuse', objections: refused.body.errors })
    expect(Date.parse(body.free.before.start)).toBeLessThan(Date.parse(event.start))
    expect(Date.parse(body.free.after.start)).toBeGreaterThan(Date.parse(event.start))
    const admins = await check('newevent', { ...event, override: true }, { as: 'grace' })
    expect(admins.body).toMatchObject({
      would: 'override',
      objections: [{ code: 'length', overridable: true }, {}, {}],
    })
    expect((await check('newevent', event, { key: true })).body.would).toBe('accept')
  })

  it('names a conflict, and an id that is taken', async () => {
    const wanted = span(midnight(), 30)
    const event_id = await made({ site: 'all', ...wanted })
    const bos = await check('newevent', { event_id: freshId(), site: 'all', ...wanted }, { as: 'bo' })
    expect(bos.body).toMatchObject({ would: 'refuse', objections: [{ code: 'conflict', overridable: false }] })
    expect(bos.body.free.after).not.toBeNull()
    const taken = await check('newevent', { event_id, site: 'all', ...span(midnight(), 30) }, { as: 'grace' })
    expect(taken.body).toMatchObject({ would: 'refuse', objections: [{ code: 'conflict', overridable: false }] })
  })

  it.each([
    ['without a body', 'newevent', {}],
    ['with a wrong time', 'newevent', { event_id: 'a', site: 'saf', start: 'soon' }],
    ["of another's", 'newevent', { event_id: 'a', site: 'saf', start: '2031-01-01T07:00:00Z', creator_id: 'demo|bo' }],
    ['with an override', 'newevent', { event_id: 'a', site: 'saf', start: '2031-01-01T07:00:00Z', override: true }],
    ['of nothing', 'modifyevent', { event_id: 'there is none', title: 'a' }],
    ['without an id', 'modifyevent', {}],
  ])('fails as the write fails: %s', async (_, as, event) => {
    const [checked, written] = [await check(as, event), await server.post(as, event, { as: 'ada' })]
    expect([checked.status, checked.body]).toEqual([written.status, written.body])
    expect(checked.status).toBeGreaterThanOrEqual(400)
  })

  it('is for the revision that the caller has seen, and for callers who have signed in', async () => {
    const event_id = await made({ site: 'free', ...span(midnight(), 30) })
    const stale = await check('modifyevent', { event_id, title: 'a' }, { as: 'ada', headers: { 'If-Match': '"7"' } })
    expect(stale.status).toBe(412)
    expect((await check('newevent', {}, {})).status).toBe(401)
    expect((await check('delete', {})).status).toBe(400)
    expect((await server.get('check-event?as=newevent', { as: 'ada' })).status).toBe(405)
  })
})

describe('site-rules', () => {
  it('says what is allowed to everybody, and to a caller with a token what is left', async () => {
    const night = midnight()
    await made({ site: 'tally', ...span(night, 45) })
    await made({ site: 'tally', ...span(night - 2 * DAY, 60) })
    const rules = { hours_per_night: 2, hours_per_7_nights: 5, upcoming: 40 }
    const everybody = {
      site: 'tally',
      rules: { horizon_days: 3000, ...rules },
      from: { site: rules, network: { horizon_days: 3000 } },
      left: null,
    }
    expect((await server.post('site-rules', { site: 'tally' })).body).toEqual(everybody)
    expect((await server.get('site-rules?site=tally', { key: true })).body).toEqual(everybody)
    const { body } = await server.post('site-rules', { site: 'tally', time: iso(night) }, { as: 'ada' })
    const evening = iso(night - DAY).slice(0, 10)
    expect(body.left).toEqual([
      { rule: 'hours_per_night', of: 'site', limit: 2, used: 0.75, left: 1.25, nights: [evening, evening] },
      {
        rule: 'hours_per_7_nights',
        of: 'site',
        limit: 5,
        used: 1.75,
        left: 3.25,
        nights: [iso(night - 7 * DAY).slice(0, 10), evening],
      },
      { rule: 'upcoming', of: 'site', limit: 40, used: 2, left: 38 },
    ])
    const now = await server.post('site-rules', { site: 'tally' }, { as: 'ada' })
    expect(now.body.left[0]).toMatchObject({ used: 0, left: 2 })
    expect((await server.post('site-rules', { site: 'nowhere' }, { as: 'ada' })).body).toEqual({
      site: 'nowhere',
      rules: { horizon_days: 3000 },
      from: { site: {}, network: { horizon_days: 3000 } },
      left: [],
    })
    expect((await server.post('site-rules', {})).status).toBe(400)
  })
})

describe('a quota', () => {
  it('that is exceeded has nothing left', async () => {
    const night = midnight()
    await made({ site: 'race', ...span(night, 90) })
    const { body } = await server.post('site-rules', { site: 'race', time: iso(night) }, { as: 'ada' })
    expect(body.left).toMatchObject([{ limit: 1, used: 1.5, left: 0 }])
  })

  it('of the network alone counts the reservations at all sites', async () => {
    const file = join(folder, 'network.json')
    writeFileSync(
      file,
      JSON.stringify({ rules: { hours_per_night: 1 }, sites: [{ code: 'one', name: 'One', ...DENVER }] }),
    )
    const network = await serveHere({ SITES_FILE: file })
    const night = midnight()
    const make = (site: string, minutes: number) =>
      network.post('newevent', { event_id: freshId(), site, ...span(night, minutes) }, { as: 'ada', headers: PROBLEM })
    expect((await make('one', 40)).status).toBe(200)
    expect(codesOf(await make('another', 40))).toEqual(['hours_per_night'])
    expect((await make('another', 20)).status).toBe(200)
    const { body } = await network.get(`site-rules?site=one&time=${iso(night)}`, { as: 'ada' })
    expect(body.left).toMatchObject([{ rule: 'hours_per_night', of: 'network', used: 1, left: 0 }])
  })
})

describe('a quota under racing writers', () => {
  const hoursAt = async (site: string, night: number) => {
    const { body } = await server.post('siteevents', { site, start: iso(night - DAY / 2), end: iso(night + DAY / 2) })
    return body.reduce((sum: number, one: Span) => sum + Date.parse(one.end) - Date.parse(one.start), 0) / (60 * MINUTE)
  }
  /** Busy stores may give up on a change after many attempts; the caller tries again. */
  const STATUSES = [200, 409, 503]
  const unexpected = async (replies: Promise<Reply>[]) =>
    (await Promise.all(replies)).filter(({ status }) => !STATUSES.includes(status))

  it('is never exceeded by 64 reservations made at once, and can be used up', async () => {
    const night = midnight()
    const make = (n: number) =>
      server.post('newevent', { event_id: freshId(), site: 'race', ...span(night + n * MINUTE, 20) }, { as: 'ada' })
    const others = await unexpected(Array.from({ length: 64 }, (_, n) => make(n)))
    expect(others).toEqual([])
    expect(await hoursAt('race', night)).toBeLessThanOrEqual(1)
    for (let n = 0; n < 3; n += 1) await make(n)
    expect(await hoursAt('race', night)).toBe(1)
  })

  it('is never exceeded by new, moved, lengthened and restored ones at once', async () => {
    const night = midnight()
    const at = (n: number) => span(night + n * MINUTE, 20)
    const other = midnight()
    const ids = { moved: [] as string[], grown: [] as string[], back: [] as string[] }
    for (let n = 0; n < 6; n += 1) {
      ids.moved.push(await made({ site: 'mixed', ...span(other + n * MINUTE, 20) }))
      ids.back.push(await made({ site: 'mixed', ...at(n) }))
      await server.post('delete', { event_id: ids.back[n] }, { key: true })
    }
    for (let n = 0; n < 6; n += 1) ids.grown.push(await made({ site: 'mixed', ...at(n) }))
    const ask: Ask = { as: 'ada' }
    const others = await unexpected([
      ...ids.moved.map((event_id, n) => server.post('modifyevent', { event_id, ...at(n) }, ask)),
      ...ids.grown.map((event_id, n) =>
        server.post('modifyevent', { event_id, end: span(night + n * MINUTE, 40).end }, ask),
      ),
      ...ids.back.map((event_id) => server.post('restore-event', { event_id, revision: 1 }, ask)),
      ...ids.moved.map((_, n) => server.post('newevent', { event_id: freshId(), site: 'mixed', ...at(n) }, ask)),
    ])
    expect(others).toEqual([])
    expect(await hoursAt('mixed', night)).toBeLessThanOrEqual(3)
    for (let n = 0; n < 3; n += 1) await server.post('newevent', { event_id: freshId(), site: 'mixed', ...at(n) }, ask)
    expect(await hoursAt('mixed', night)).toBe(3)
  })

  it('of one telescope at a time lets one of two telescopes win', async () => {
    const night = midnight()
    const replies = await Promise.all(
      Array.from({ length: 16 }, (_, n) =>
        server.post(
          'newevent',
          { event_id: freshId(), site: `solo-${1 + (n % 2)}`, ...span(night, 30) },
          { as: 'ada' },
        ),
      ),
    )
    const won = new Set(replies.filter(({ status }) => status === 200).map(({ body }) => body.new_calendar_event.site))
    expect(won.size).toBe(1)
  })
})
