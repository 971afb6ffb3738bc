import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, newEvent, serve, type TestServer } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

/** Each test has a night of its own at the default telescopes of the enclosure `aro`. */
let nights = 0
const nightOf = (day: number) => {
  const at = (date: number, time: string) => `2030-09-${String(date).padStart(2, '0')}T${time}:00Z`
  return { at: (time: string) => at(day + 1, time), start: at(day, '19:00'), end: at(day + 1, '19:00'), minutes: 30 }
}
const freshNight = () => nightOf((nights += 2))

const find = async (body: object, ask: Ask = {}) => (await server.post('availability', body, ask)).body
const make = (overrides: Readonly<Record<string, unknown>>, ask: Ask) =>
  server.post('newevent', newEvent(overrides), ask)
const spansOf = ({ intervals }: { intervals: { start: string; end: string }[] }) =>
  intervals.map(({ start, end }) => [start, end])

describe('availability', () => {
  it('leaves out the reservations of anybody and closures of the enclosure', async () => {
    const { at, ...night } = freshNight()
    const dark = await find({ site: 'aro1', ...night })
    const [[dusk, dawn] = []] = spansOf(dark)
    expect(dark).toMatchObject({ more: false, reasons: {} })
    await make({ site: 'aro1', start: at('05:00'), end: at('06:00'), project_priority: 'low_priority' }, { as: 'ada' })
    await make({ site: 'aro', start: at('08:00'), end: at('09:00'), reservation_type: 'maintenance' }, { as: 'grace' })
    const left = [
      [dusk, at('05:00')],
      [at('06:00'), at('08:00')],
      [at('09:00'), dawn],
    ]
    expect(spansOf(await find({ site: 'aro1', ...night }))).toEqual(left)
    expect(spansOf(await find({ sites: ['aro2', 'aro2'], ...night }))).toEqual([
      [dusk, at('08:00')],
      [at('09:00'), dawn],
    ])
  })

  it('answers GET as POST, and not again what has not changed', async () => {
    const { start, end } = freshNight()
    const query = `availability?site=aro1&site=mrc1&start=${start}&end=${end}&minutes=45&target=M13&min_lunar_distance=5&order=best&limit=1`
    const answer = await server.get(query)
    const body = { sites: ['aro1', 'mrc1'], start, end, minutes: 45, target: { name: 'M 13' }, min_lunar_distance: 5 }
    expect(answer.body).toEqual(await find({ ...body, order: 'best', limit: 1 }))
    expect(answer.body).toMatchObject({ more: true, intervals: [{ airmass: {}, best: {}, moon: {} }] })
    const again = await server.get(query, { headers: { 'If-None-Match': answer.headers.get('ETag') ?? '' } })
    expect(again.status).toBe(304)
  })

  it('takes null for what is not given', async () => {
    const { at: _, ...night } = freshNight()
    const absent = { target: null, darkness: null, max_airmass: null, max_lunar_phase: null, order: null, limit: null }
    const asked = { site: 'saf', ...night }
    expect(await find({ ...asked, ...absent, sites: null, ignore: null })).toEqual(await find(asked))
  })

  it('leaves a reservation of one’s own out of what is taken', async () => {
    const { at, ...night } = freshNight()
    const { body } = await make({ site: 'aro1', start: at('05:00'), end: at('06:00') }, { as: 'ada' })
    const asked = { site: 'aro1', ...night, ignore: body.new_calendar_event.event_id }
    expect((await find(asked, { as: 'ada' })).intervals).toHaveLength(1)
    expect((await find(asked, { key: true })).intervals).toHaveLength(1)
    expect((await find(asked, { as: 'bo' })).intervals).toHaveLength(2)
    expect((await find(asked)).intervals).toHaveLength(2)
  })

  it('says why there is nothing', async () => {
    const { at, ...night } = freshNight()
    await make({ site: 'mrc2', start: at('00:00'), end: at('14:00') }, { as: 'ada' })
    const { intervals, reasons } = await find({ sites: ['mrc2', 'aro', 'nowhere'], ...night })
    expect(intervals).toEqual([])
    expect(reasons).toEqual({ mrc2: ['taken'], aro: ['unknown_site'], nowhere: ['unknown_site'] })
    expect((await find({ site: 'mrc2', ...night, target: { ra: 0, dec: -89 } })).reasons).toEqual({
      mrc2: ['target_low'],
    })
  })
})

describe('a question that is refused', () => {
  const { start, end, minutes } = nightOf(1)
  const asked = { site: 'aro1', start, end, minutes }
  const manySites = Array.from({ length: 101 }, (_, n) => `site${n}`)

  it.each([
    [{ ...asked, site: undefined }, 'missing required key site'],
    [{ ...asked, sites: [], site: undefined }, 'sites must hold 1 to 100 codes of'],
    [{ ...asked, minutes: undefined }, 'missing required key minutes'],
    [{ ...asked, min_lunar_distance: 30 }, 'missing required key target'],
    [{ ...asked, start: end, end: start }, 'end must be after start'],
    [{ ...asked, minutes: 1500 }, 'minutes must be at most the time from start to end'],
    [{ ...asked, minutes: 0.5 }, 'minutes must be a number from 1 to 1500'],
    [{ ...asked, minutes: 1.5 }, 'minutes must be a whole number'],
    [{ ...asked, max_airmass: 0.9 }, 'max_airmass must be a number from 1 to 40'],
    [{ ...asked, max_lunar_phase: 50 }, 'max_lunar_phase must be a number from 0 to 1'],
    [{ ...asked, limit: 201 }, 'limit must be a number from 1 to 200'],
    [{ ...asked, order: 'worst' }, 'order must be one of soonest, best'],
    [{ ...asked, target: { name: 'M 111' } }, 'the catalogue has no target M 111'],
    [{ ...asked, sites: manySites.slice(0, 11), site: undefined }, 'at most 10 sites; sign in to ask for more'],
    [{ ...asked, end: '2030-09-30T19:00:00Z' }, 'at most 14 nights; sign in to ask for more'],
  ])('%j: %s', async (body, sentence) => {
    const { status, body: said } = await server.post('availability', body)
    expect([status, said]).toEqual([400, expect.stringContaining(sentence)])
  })

  it('is larger when one has signed in', async () => {
    const ask = { as: 'ada' } as const
    const month = { ...asked, end: '2030-10-02T19:00:00Z' }
    expect((await server.post('availability', { ...month, site: manySites.slice(0, 100) }, ask)).status).toBe(200)
    expect((await server.post('availability', { ...month, site: manySites }, ask)).body).toContain('100')
    expect((await server.post('availability', { ...month, end: '2030-10-04T19:00:00Z' }, ask)).body).toContain(
      'at most 31 nights',
    )
  })
})
