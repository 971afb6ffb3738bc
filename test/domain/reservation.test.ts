import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, MAX_INSTANT } from '../../src/domain/interval.ts'
import {
  assertValid,
  type Json,
  requireRow,
  type Reservation,
  sameContent,
  type Stored,
} from '../../src/domain/reservation.ts'
import { ada, on, TODAY, proposed } from '../context.ts'

const start = on(9, '02:00')

describe('a valid reservation', () => {
  const tooLongClosed = { end: start + 400 * DAY + 1, kind: 'maintenance' } as const

  it.each([
    ['lasts a second', { end: start + 1 }],
    ['lasts seven days', { end: start + 7 * DAY }],
    ['lasts 400 days, for maintenance', { end: start + 400 * DAY, kind: 'maintenance' }],
    ['has a note of 2000 characters', { note: 'n'.repeat(2000) }],
    ['lies in the past', { start: TODAY - DAY, end: TODAY }],
  ] as const)('%s', (_, overrides) => {
    expect(() => assertValid(proposed({ start, ...overrides }))).not.toThrow()
  })

  it.each([
    ['ends before it starts', { end: start - 1 }, 'end', 'end must be after start'],
    ['ends as it starts', { end: start }, 'end', 'end must be after start'],
    ['is longer than seven days', { end: start + 7 * DAY + 1 }, 'end', 'a realtime reservation lasts at most 7 days'],
    [
      'is maintenance for longer than 400 days',
      tooLongClosed,
      'end',
      'a maintenance reservation lasts at most 400 days',
    ],
    [
      'ends after the year 9999',
      { start: MAX_INSTANT - 60, end: MAX_INSTANT },
      'end',
      'end must be before the year 10000',
    ],
    [
      'has too long a note',
      { note: 'n'.repeat(2001) },
      'reservation_note',
      'reservation_note holds at most 2000 characters',
    ],
  ] as const)('is not one that %s', (_, overrides, field, message) => {
    expect(() => assertValid(proposed({ start, ...overrides }))).toThrow(
      expect.objectContaining({ code: 'malformed', message: `Error: ${message}`, details: [{ field, message }] }),
    )
  })

  it('is reported with every rule it breaks, the first in the sentence', () => {
    expect(() => assertValid(proposed({ start, end: start, note: 'n'.repeat(2001) }))).toThrow(
      expect.objectContaining({
        message: 'Error: end must be after start',
        details: [expect.objectContaining({ field: 'end' }), expect.objectContaining({ field: 'reservation_note' })],
      }),
    )
  })

  it('may keep an invalid interval that is older than the rules, but not be moved to another', () => {
    const old = proposed({ start, end: start + 30 * DAY, note: 'n'.repeat(3000) })
    expect(() => assertValid({ ...old, title: 'another title' }, old)).not.toThrow()
    expect(() => assertValid({ ...old, end: old.end + 1 }, old)).toThrow(/at most 7 days/)
    expect(() => assertValid({ ...old, note: `${old.note}.` }, old)).toThrow(/at most 2000 characters/)
  })

  const texts = (count: number, character: string): [string, Partial<Reservation>][] => [
    ['creator_id', { observer: character.repeat(count) }],
    ['creator', { creator: character.repeat(count) }],
    ['title', { title: character.repeat(count) }],
    ['resourceId', { resource: character.repeat(count) }],
    ['project_id', { project: { name: character.repeat(count - 5), createdAt: '2030' } }],
  ]

  it.each(texts(256, '🔭'))('has at most 256 characters in its %s, however they are encoded', (_, overrides) => {
    expect(() => assertValid(proposed(overrides))).not.toThrow()
  })

  it.each([...texts(257, 'x'), ...texts(257, '🔭')])(
    'has no more in its %s, unless it stood so',
    (field, overrides) => {
      const old = proposed(overrides)
      expect(() => assertValid(old)).toThrow(
        expect.objectContaining({
          message: `Error: ${field} holds at most 256 characters`,
          details: [{ field, message: `${field} holds at most 256 characters` }],
        }),
      )
      expect(() => assertValid({ ...old, note: 'x' }, old)).not.toThrow()
      expect(() => assertValid(old, proposed({ id: old.id }))).toThrow(/at most 256/)
    },
  )

  it('may not stop being maintenance if it is longer than observing may be', () => {
    const closure = proposed({ start, end: start + 30 * DAY, kind: 'maintenance' })
    expect(() => assertValid({ ...closure, kind: 'realtime' }, closure)).toThrow(/at most 7 days/)
  })
})

describe('a reference', () => {
  const early: Stored = { reservation: proposed({ id: 'twin', start }), revision: 1 }
  const late: Stored = { reservation: proposed({ id: 'twin', start: start + DAY }), revision: 2 }

  it('with an id alone matches the only row', () => {
    expect(requireRow({ id: 'twin' }, [early])).toBe(early)
  })

  it('with id and start selects one of two duplicate rows', () => {
    expect(requireRow({ id: 'twin', start: start + DAY }, [early, late])).toBe(late)
  })

  it.each([
    ['nothing stands', [], { id: 'twin' }, 'not_found'],
    ['it has moved from that start', [early], { id: 'twin', start: start + 1 }, 'not_found'],
    ['two stand and the start is not said', [early, late], { id: 'twin' }, 'malformed'],
  ])('is refused where %s', (_, stored, reference, code) => {
    expect(() => requireRow(reference, stored)).toThrow(expect.objectContaining({ code }))
  })
})

describe('the same content', () => {
  const extra = { rate: 0.1, deep: { a: 1, b: [1, { c: 2, d: 3 }] } }
  const overrides = proposed({ project: { name: 'M31', createdAt: '2030' }, extra })

  it('ignores the time of modification and the order of fields', () => {
    const shuffled = { ...overrides, extra: { deep: { b: [1, { d: 3, c: 2 }], a: 1 }, rate: 0.1 } }
    const turned = Object.fromEntries(Object.entries(shuffled).toReversed()) as unknown as Reservation
    expect(sameContent(overrides, { ...turned, modified: 1 })).toBe(true)
  })

  it.each<[string, Partial<Reservation>]>([
    ['start', { start: overrides.start + 1 }],
    ['end', { end: overrides.end + 1 }],
    ['site', { site: 'mrc1' }],
    ['observer', { observer: `${ada.id}2` }],
    ['creator', { creator: 'Ada' }],
    ['title', { title: 'M32' }],
    ['kind', { kind: 'project' }],
    ['origin', { origin: 'lco' }],
    ['resource', { resource: 'dome' }],
    ['project', { project: undefined }],
    ['priority', { priority: 'low_priority' }],
    ['note', { note: 'new' }],
    ['extra field', { extra: { ...overrides.extra, rate: 0.2 } }],
    ['order of a list', { extra: { ...overrides.extra, deep: { a: 1, b: [{ c: 2, d: 3 }, 1] } } }],
    ['null where there was nothing', { extra: { ...overrides.extra, more: null } }],
  ])('is no more when another: %s', (_, change) => {
    expect(sameContent(overrides, { ...overrides, ...change })).toBe(false)
  })

  it('survives a round trip through JSON with any extra fields', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (extra) => {
        const one = { ...overrides, extra: extra as Record<string, Json> }
        expect(sameContent(one, { ...one, extra: JSON.parse(JSON.stringify(extra)) as Record<string, Json> })).toBe(
          true,
        )
      }),
    )
  })
})
