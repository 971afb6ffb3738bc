import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MIN_INSTANT, MAX_INSTANT, MINUTE } from '../../src/domain/interval.ts'
import { type Json, KINDS, ORIGINS, PRIORITIES, type Reservation } from '../../src/domain/reservation.ts'
import { eventCodec, eventOf } from '../../src/wire/event.ts'
import { applyChanges, changeShape, eventShape, proposedFrom } from '../../src/wire/event-input.ts'
import { ada, bo, on, saf, TODAY, proposed } from '../context.ts'

const defaults = { observer: ada.id, creator: ada.name, now: TODAY }
const required = { event_id: 'e1', start: '2030-03-09T03:00:00Z', site: 'saf' }

/** The reservation that a body of newevent proposes. */
function proposedBy(body: object): Reservation {
  return proposedFrom(eventShape.parse(body), defaults)
}

describe('an event that is sent', () => {
  const filledIn: Reservation = {
    id: 'e1',
    site: 'saf',
    start: on(9, '03:00'),
    end: on(9, '03:30'),
    observer: ada.id,
    creator: ada.name,
    title: ada.name,
    kind: 'realtime',
    origin: 'ptr',
    resource: 'saf',
    project: undefined,
    priority: 'standard',
    note: '',
    modified: TODAY,
    extra: {},
  }
  const fields = Object.keys(eventShape.shape).filter((field) => !(field in required))

  it('gets defaults for missing fields', () => {
    expect(proposedBy(required)).toEqual(filledIn)
  })

  it('gets defaults for null', () => {
    expect(proposedBy({ ...required, ...Object.fromEntries(fields.map((field) => [field, null])) })).toEqual(filledIn)
  })

  it('has the given fields', () => {
    const output = {
      ...required,
      end: '2030-03-09T05:00:00Z',
      creator_id: bo.id,
      creator: 'Bo',
      title: 'M31',
      reservation_type: 'project',
      origin: 'lco',
      resourceId: 'dome',
      project_id: 'M31#2030',
      project_priority: 'time_critical',
      reservation_note: 'note',
    }
    expect(eventOf(proposedBy(output))).toEqual({ ...output, last_modified: '2030-03-01T00:00:00Z' })
  })

  it('is titled by its creator by default', () => {
    expect(proposedBy({ ...required, creator: 'Bo' }).title).toBe('Bo')
  })

  it('ends half an hour after its start by default', () => {
    expect(proposedBy(required).end - proposedBy(required).start).toBe(30 * MINUTE)
  })

  it.each(['LCO', 'Lco', 'lco'])('may write its origin in any case: %s', (origin) => {
    expect(proposedBy({ ...required, origin }).origin).toBe('lco')
  })

  it('keeps extra fields unchanged, floats and nulls too', () => {
    const extra = { exposure: 0.1, tiny: 5e-324, nothing: null, nested: { list: [1.5, null, { a: '' }] } }
    expect(proposedBy({ ...required, ...extra }).extra).toEqual(extra)
  })

  it('cannot set fields of the server', () => {
    const sent = proposedBy({ ...required, last_modified: '1999-01-01T00:00:00Z', override: true })
    expect(sent).toEqual(filledIn)
  })

  it.each([
    ['event_id', ''],
    ['event_id', 'e'.repeat(129)],
    ['event_id', 7],
    ['start', '2030-02-30T00:00:00Z'],
    ['start', 1_900_000_000],
    ['end', 'tomorrow'],
    ['site', ''],
    ['site', 's'.repeat(33)],
    ['site', 'saf mrc1'],
    ['creator_id', ''],
    ['creator', 7],
    ['title', {}],
    ['reservation_type', 'party'],
    ['origin', 'esa'],
    ['resourceId', []],
    ['project_id', 'M31'],
    ['project_priority', 'Standard'],
    ['reservation_note', 5],
  ])('is rejected for its %s, with the path: %j', (field, value) => {
    const { success, error } = eventShape.safeParse({ ...required, [field]: value })
    expect(success).toBe(false)
    expect(error?.issues.map(({ path }) => path)).toEqual([[field]])
  })
})

describe('an event that is changed', () => {
  const before = proposed({ project: { name: 'M31', createdAt: '2030' }, note: 'n', extra: { rate: 0.5, kept: 1 } })
  const change = (body: object) => applyChanges(before, changeShape.parse(body), TODAY + 60)

  it('keeps missing and null fields', () => {
    const { project_id: _, ...others } = eventShape.shape
    const nulls = Object.fromEntries(Object.keys(others).map((field) => [field, null]))
    expect(change({})).toEqual({ ...before, modified: TODAY + 60 })
    expect(change(nulls)).toEqual({ ...before, modified: TODAY + 60 })
  })

  it('never changes its id or observer', () => {
    const { id, observer, creator } = change({ event_id: 'other', creator_id: bo.id, creator: bo.name })
    expect({ id, observer, creator }).toEqual({ id: before.id, observer: ada.id, creator: ada.name })
  })

  it.each(['none', 'none#', 'none#undefined', 'undefined#undefined', '', null])(
    'loses its project for: %j',
    (project_id) => {
      expect(change({ project_id }).project).toBeUndefined()
    },
  )

  it('has its new site as resource if it had its old one', () => {
    expect(change({ site: 'mrc1' })).toMatchObject({ site: 'mrc1', resource: 'mrc1' })
    expect(applyChanges({ ...before, resource: 'dome' }, changeShape.parse({ site: 'mrc1' }), TODAY).resource).toBe(
      'dome',
    )
    expect(change({ site: 'mrc1', resourceId: saf.code }).resource).toBe(saf.code)
  })

  it('merges extra fields', () => {
    expect(change({ rate: 0.25, more: null }).extra).toEqual({ rate: 0.25, kept: 1, more: null })
  })

  it('may empty a note', () => {
    expect(change({ reservation_note: '' }).note).toBe('')
  })
})

describe('an event that is stored', () => {
  const anInstant = fc.integer({ min: MIN_INSTANT, max: MAX_INSTANT - 1 })
  const aText = fc.string({ unit: 'grapheme', maxLength: 40 })
  const aPart = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !text.includes('#') && text !== 'undefined')
  const known = new Set([...Object.keys(eventShape.shape), 'last_modified', 'override'])
  const aReservation = fc.record({
    id: fc.string({ minLength: 1, maxLength: 128 }),
    site: fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/),
    start: anInstant,
    end: anInstant,
    observer: aText,
    creator: aText,
    title: aText,
    kind: fc.constantFrom(...KINDS),
    origin: fc.constantFrom(...ORIGINS),
    resource: aText,
    project: fc.option(fc.record({ name: aPart, createdAt: aPart }), { nil: undefined }),
    priority: fc.constantFrom(...PRIORITIES),
    note: aText,
    modified: anInstant,
    extra: fc.dictionary(
      aText.filter((field) => !known.has(field)),
      fc.jsonValue() as fc.Arbitrary<Json>,
    ),
  })

  it('is read back unchanged', () => {
    fc.assert(
      fc.property(aReservation, (reservation) => {
        const extra = JSON.parse(JSON.stringify(reservation.extra)) as Reservation['extra']
        expect(eventCodec.decode(eventCodec.encode(reservation))).toEqual({ ...reservation, extra })
      }),
    )
  })

  it('writes every field, none as null', () => {
    fc.assert(
      fc.property(aReservation, (reservation) => {
        const { last_modified, ...event } = eventOf({ ...reservation, extra: {} })
        expect(Object.keys(event).toSorted()).toEqual(Object.keys(eventShape.shape).toSorted())
        for (const value of [last_modified, ...Object.values(event)]) expect(typeof value).toBe('string')
      }),
    )
  })

  it('does not let an extra field replace a known one', () => {
    const disguised = { ...proposed(), extra: { event_id: 'other', start: 'never', last_modified: null } }
    expect(eventOf(disguised)).toEqual(eventOf({ ...disguised, extra: {} }))
  })

  it('may have a field __proto__ and keeps its prototype', () => {
    const body = JSON.stringify(required).replace('{', '{ "__proto__": { "observer": "mallory" }, ')
    const kept = eventCodec.decode(eventCodec.encode(proposedBy(JSON.parse(body) as object)))
    expect(kept.observer).toBe(ada.id)
    expect(Object.getPrototypeOf(kept.extra)).toBe(Object.prototype)
  })

  it('is encoded once, however often its text and its size are asked for', () => {
    let reads = 0
    const counted: Reservation = {
      ...proposed(),
      get note() {
        reads += 1
        return 'Ünseen'
      },
    }
    const text = eventCodec.encode(counted)
    expect(eventCodec.encode(counted)).toBe(text)
    expect(eventCodec.sizeOf(counted)).toBe(Buffer.byteLength(text))
    expect(reads).toBe(1)
  })

  it.each(['start', 'end', 'last_modified'])('is not read if its %s is not a time', (field) => {
    const broken = JSON.stringify({ ...eventOf(proposed()), [field]: 'soon' })
    expect(() => eventCodec.decode(broken)).toThrow(/not a time/)
  })
})
