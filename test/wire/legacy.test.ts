import { describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import { readLegacy } from '../../src/wire/legacy.ts'
import { eventCodec, eventOf } from '../../src/wire/event.ts'
import { at } from '../context.ts'

const whole = {
  event_id: 'e1',
  start: '2023-09-01T02:00:00Z',
  end: '2023-09-01T03:00:00Z',
  site: 'saf',
  creator: 'Vera',
  creator_id: 'auth0|vera',
  title: 'M31',
  reservation_type: 'realtime',
  origin: 'ptr',
  resourceId: 'saf',
  project_id: 'none',
  project_priority: 'standard',
  reservation_note: '',
  last_modified: '2023-08-01T00:00:00Z',
}
const start = at(whole.start)

function read(changes: object) {
  const answer = readLegacy({ ...whole, ...changes })
  if ('rejected' in answer) throw new Error(answer.rejected)
  return answer
}
const refusalOf = (row: unknown) => {
  const answer = readLegacy(row)
  return 'rejected' in answer ? answer.rejected : undefined
}

describe('a row of the original', () => {
  it('is read without repairs if it is well-formed', () => {
    const { reservation, repairs } = read({})
    expect(JSON.parse(eventCodec.encode(reservation))).toEqual(whole)
    expect(repairs).toEqual([])
  })

  it.each([
    ['milliseconds', '2023-09-01T02:00:00.900Z'],
    ['no seconds', '2023-09-01T02:00Z'],
    ['an offset', '2023-09-01T04:00:00+02:00'],
    ['no zone', '2023-09-01T02:00:00'],
  ])('may have a time with %s', (_, text) => {
    expect(read({ start: text })).toMatchObject({ reservation: { start }, repairs: [] })
  })

  it.each([
    ['end', undefined, { end: start + HOUR / 2 }, 'end was missing: 30 minutes assumed'],
    ['end', null, { end: start + HOUR / 2 }, 'end was missing: 30 minutes assumed'],
    ['reservation_type', undefined, { kind: 'realtime' }, 'reservation_type was missing: realtime assumed'],
    ['reservation_type', 'party', { kind: 'realtime' }, 'reservation_type was not valid: realtime assumed'],
    ['project_priority', 'urgent', { priority: 'standard' }, 'project_priority was not valid: standard assumed'],
    ['origin', 'mars', { origin: 'ptr' }, 'origin was not valid: ptr assumed'],
    ['project_id', 42, { project: undefined }, 'project_id was not valid: none assumed'],
    ['project_id', 'Andromeda', { project: undefined }, 'project_id was not valid: none assumed'],
    ['creator_id', undefined, { observer: 'unknown' }, 'creator_id was missing: unknown assumed'],
    ['creator', null, { creator: 'Observer', title: 'M31' }, 'creator was missing: Observer assumed'],
    ['title', null, { title: 'Vera' }, 'title was missing: the creator assumed'],
    ['last_modified', undefined, { modified: start }, 'last_modified was missing: the start assumed'],
    ['last_modified', 'once', { modified: start }, 'last_modified was no time: the start assumed'],
  ])('with %s %s is mended, and says so', (field, value, expected, repair) => {
    expect(read({ [field]: value })).toMatchObject({ reservation: expected, repairs: [repair] })
  })

  it('may have priority background', () => {
    expect(read({ project_priority: 'background' })).toMatchObject({
      reservation: { priority: 'background' },
      repairs: [],
    })
  })

  it.each([null, 'none#undefined', 'undefined#undefined', 'none#', '', undefined])(
    'reads %s as no project',
    (project_id) => {
      expect(read({ project_id })).toMatchObject({ reservation: { project: undefined }, repairs: [] })
    },
  )

  it('has its project split at the last #', () => {
    expect(read({ project_id: 'M #31#then' }).reservation.project).toEqual({ name: 'M #31', createdAt: 'then' })
  })

  it('has its origin in any case, and may lack newer fields', () => {
    const later = { project_priority: undefined, resourceId: undefined, reservation_note: undefined }
    expect(read({ origin: 'LCO', ...later })).toMatchObject({
      reservation: { origin: 'lco', resource: 'saf', note: '' },
      repairs: [],
    })
  })

  it.each(['project', 'moved_from', 'series_id'])('cannot set %s', (field) => {
    const { reservation, repairs } = read({ [field]: 'x' })
    expect([reservation.extra, repairs]).toEqual([{}, [`${field} is the calendar's own to say: left out`]])
  })

  it('keeps its extra fields unchanged', () => {
    const extra = { airmass: 1.75, rendering: null, filters: ['L', 2], limits: { moon: false } }
    expect(read(extra).reservation.extra).toEqual(extra)
  })

  it('may exceed the limits on writes', () => {
    const texts = {
      creator_id: 'i'.repeat(500),
      creator: 'c'.repeat(500),
      title: 't'.repeat(500),
      resourceId: 'r'.repeat(500),
      project_id: `${'p'.repeat(500)}#then`,
      reservation_note: 'n'.repeat(5000),
    }
    const { reservation, repairs } = read({ ...texts, end: '2028-09-01T02:00:00Z' })
    expect(eventOf(reservation)).toMatchObject({ ...texts, end: '2028-09-01T02:00:00Z' })
    expect(repairs).toEqual([])
    expect(eventCodec.decode(eventCodec.encode(reservation))).toEqual(reservation)
  })

  it.each([
    ['event_id is missing', { event_id: undefined }],
    ['event_id is not an id', { event_id: '' }],
    ['site is missing', { site: undefined }],
    ["site is not a site's code", { site: 'the roof' }],
    ['start is missing', { start: undefined }],
    ['start is not a date and time', { start: 'tonight' }],
    ['end is not a date and time', { end: '2023-02-30T00:00:00Z' }],
    ['end is not after start', { end: whole.start }],
    ['end is not before the year 10000', { start: '9999-12-31T23:45:00Z', end: undefined }],
  ])('is rejected if %s', (reason, changes) => {
    expect(refusalOf({ ...whole, ...changes })).toBe(reason)
  })

  it.each([null, 'text', 7, [whole]])('is rejected if it is not an object: %j', (row) => {
    expect(refusalOf(row)).toBe('it is not an object')
  })
})
