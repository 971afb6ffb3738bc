import { describe, expect, it } from 'vitest'
import { ApiError, NetworkError } from '../../src/client/problem.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { eventOf } from '../../src/wire/event.ts'
import { ChangedMeanwhile } from '../../web/editor/current-reservation.ts'
import { explain } from '../../web/editor/explain-error.ts'
import { ofBo, saf, spanOf } from './sites.ts'

const wanted = spanOf('2026-03-07T04:00Z', '2026-03-07T04:45Z')
const explanationOf = (status: number, code: string, message: string, details = {}) =>
  explain(new ApiError(status, code, message, details), saf, wanted)

describe('the explanation of an error', () => {
  it('names the holder of the time, in site time, and free times', () => {
    const conflicts = [
      eventOf(ofBo('2026-03-07T04:00Z', '2026-03-07T05:00Z')),
      eventOf(ofBo('2026-03-07T05:00Z', '2026-03-07T06:00Z')),
    ]
    const free = {
      before: { start: '2026-03-07T01:58:00Z', end: '2026-03-07T04:00:00Z' },
      after: { start: '2026-03-07T06:00:00Z', end: '2026-03-07T12:00:00Z' },
    }
    const { text, free: offered } = explanationOf(409, 'conflict', 'saf is taken.', { conflicts, free })
    expect(text).toBe('Fri 6 Mar 21:00–22:00 is reserved by Bo Jansson (M51), and 1 more overlaps.')
    expect(offered).toEqual([
      spanOf('2026-03-07T03:15Z', '2026-03-07T04:00Z'),
      spanOf('2026-03-07T06:00Z', '2026-03-07T06:45Z'),
    ])
  })

  it('says that nothing is free nearby only if the calendar has searched', () => {
    const conflicts = [eventOf(ofBo('2026-03-07T04:00Z', '2026-03-07T05:00Z', { title: 'Bo Jansson' }))]
    expect(explanationOf(409, 'conflict', '', { conflicts, free: { before: null, after: null } }).text).toBe(
      'Fri 6 Mar 21:00–22:00 is reserved by Bo Jansson. There is no free dark time nearby.',
    )
    expect(explanationOf(409, 'conflict', '', { conflicts }).text).not.toContain('nearby')
  })

  it('says which rules are broken, all of them, after the conflict', () => {
    const errors = [
      { code: 'conflict', message: 'saf is taken.', overridable: false },
      { code: 'length', message: 'Too long.', overridable: false },
      { code: 'upcoming', message: 'Too many.', overridable: false },
    ]
    const conflicts = [eventOf(ofBo('2026-03-07T04:00Z', '2026-03-07T05:00Z'))]
    expect(explanationOf(409, 'rules', 'saf is taken. And more.', { errors, conflicts })).toMatchObject({
      text: 'Fri 6 Mar 21:00–22:00 is reserved by Bo Jansson (M51). Too long. Too many.',
      isTaken: true,
      isOverridable: true,
    })
    expect(explanationOf(409, 'rules', 'Too long. And more.', { errors: errors.slice(1) })).toMatchObject({
      text: 'Too long. Too many.',
      isTaken: false,
      isOverridable: true,
    })
    expect(explanationOf(409, 'conflict', 'The id is taken.').isOverridable).toBe(false)
  })

  it('puts each problem of a malformed request to its field', () => {
    const errors = [
      { field: 'end', message: 'end must be after start' },
      { field: 'reservation_note', message: 'too long' },
    ]
    expect(explanationOf(400, 'malformed', 'Error: end must be after start', { errors }).fields).toEqual({
      end: 'end must be after start',
      note: 'too long',
    })
    const { text, fields } = explanationOf(400, 'malformed', 'Error: no such thing', {
      errors: [{ field: 'event_id', message: 'no' }],
    })
    expect([text, fields]).toEqual(['Error: no such thing', {}])
  })

  it('says what was changed meanwhile, and by what name', () => {
    const [shown, now] = [
      ofBo('2026-03-07T04:00Z', '2026-03-07T05:00Z'),
      ofBo('2026-03-07T04:30Z', '2026-03-07T05:00Z', { title: 'M63', note: 'R' }),
    ]
    const explanation = (current: Reservation | undefined) =>
      explain(new ChangedMeanwhile(shown, current && { reservation: current, revision: 2 }), saf, wanted)
    expect(explanation(now)).toMatchObject({
      text:
        '“M51” has been changed meanwhile: time Fri 6 Mar 21:00–22:00 → Fri 6 Mar 21:30–22:00; title “M51” → “M63”; ' +
        'note “” → “R”.',
      current: now,
    })
    expect(explanation(undefined).text).toBe('“M51” has been deleted meanwhile.')
  })

  it.each([404, 412])('%d: the reservation has changed', (status) => {
    expect(explanationOf(status, 'not_found', 'There is no such event.').text).toBe(
      'Someone has changed or deleted it. Reload it.',
    )
  })

  it('401: the caller must sign in', () => {
    expect(explanationOf(401, 'unauthenticated', 'You must sign in to do this.')).toMatchObject({ mustSignIn: true })
    expect(explanationOf(403, 'forbidden', 'You may only modify your own events.')).toMatchObject({
      mustSignIn: false,
      text: 'You may only modify your own events.',
    })
  })

  it('promises nothing without a response', () => {
    expect(explain(new NetworkError(), saf, wanted).text).toBe(
      'The calendar did not answer. Your change may not have been saved.',
    )
    expect(explain(new TypeError('x'), saf, wanted).text).toContain('Something went wrong')
  })
})
