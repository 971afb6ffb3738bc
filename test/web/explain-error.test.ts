import { describe, expect, it } from 'vitest'
import { ApiError, NetworkError } from '../../src/client/problem.ts'
import { explain } from '../../web/editor/explain-error.ts'
import { ofBo, saf, spanOf } from './sites.ts'

const expected = spanOf('2026-03-07T04:00Z', '2026-03-07T04:45Z')
const explained = (status: number, code: string, message: string, details = {}) => explain(new ApiError(status, code, message, details), saf, expected)

describe('why a write came to nothing', () => {
  it('names who has the time, by the clock of the site, and what is free instead', () => {
    const conflicts = [ofBo('2026-03-07T04:00Z', '2026-03-07T05:00Z'), ofBo('2026-03-07T05:00Z', '2026-03-07T06:00Z')]
    const free = [spanOf('2026-03-07T01:58Z', '2026-03-07T04:00Z'), spanOf('2026-03-07T06:00Z', '2026-03-07T12:00Z')]
    const { text, free: offered } = explained(409, 'conflict', 'saf is taken.', { conflicts, free })
    expect(text).toBe('The time is taken by Bo Jansson (M51), 21:00 to 22:00, night of 2026-03-06, and 1 more.')
    expect(offered).toEqual([spanOf('2026-03-07T03:15Z', '2026-03-07T04:00Z'), spanOf('2026-03-07T06:00Z', '2026-03-07T06:45Z')])
  })

  it('says that nothing is free nearby only where the calendar has looked', () => {
    const conflicts = [ofBo('2026-03-07T04:00Z', '2026-03-07T05:00Z', { title: 'Bo Jansson' })]
    expect(explained(409, 'conflict', '', { conflicts, free: [] }).text).toBe(
      'The time is taken by Bo Jansson, 21:00 to 22:00, night of 2026-03-06. There is no free dark time nearby.',
    )
    expect(explained(409, 'conflict', '', { conflicts }).text).not.toContain('nearby')
  })

  it('puts what is malformed to its field', () => {
    const errors = [{ field: 'end', message: 'end must be after start' }, { field: 'reservation_note', message: 'too long' }]
    expect(explained(400, 'malformed', 'Error: end must be after start', { errors }).fields).toEqual({ end: 'end must be after start', note: 'too long' })
    const { text, fields } = explained(400, 'malformed', 'Error: no such thing', { errors: [{ field: 'event_id', message: 'no' }] })
    expect([text, fields]).toEqual(['Error: no such thing', {}])
  })

  it.each([404, 412])('%d: it is not there any more as it was', (status) => {
    expect(explained(status, 'not_found', 'There is no such event.').text).toBe('It has been changed or deleted meanwhile.')
  })

  it('401: one has to sign in', () => {
    expect(explained(401, 'unauthenticated', 'You must sign in to do this.')).toMatchObject({ mustSignIn: true })
    expect(explained(403, 'forbidden', 'You may only modify your own events.')).toMatchObject({ mustSignIn: false, text: 'You may only modify your own events.' })
  })

  it('promises nothing where there was no answer', () => {
    expect(explain(new NetworkError(), saf, expected).text).toBe('The calendar cannot be reached; nothing is known to have been changed. Try again.')
    expect(explain(new TypeError('x'), saf, expected).text).toContain('Something went wrong')
  })
})
