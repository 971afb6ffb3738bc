import { describe, expect, it } from 'vitest'
import { formatAge, UNREACHABLE } from '../../web/live/format-age.ts'

const ageText = (readAt: number | undefined, problem?: string) => formatAge({ readAt, problem }, 10_000)

describe('the age of what is shown', () => {
  it.each([
    ['nothing while it is fresh', 9_900, undefined, undefined],
    ['that it is being read', undefined, undefined, 'Loading reservations …'],
    ['that nothing could be read', undefined, UNREACHABLE, 'Reservations could not be loaded. Trying again …'],
    ['what it was last, and why', 9_800, UNREACHABLE, 'Offline. Showing reservations from 3 min ago.'],
    ['also within the minute', 10_000, UNREACHABLE, 'Offline. Showing reservations from less than a minute ago.'],
    ['hours', 2_300, UNREACHABLE, 'Offline. Showing reservations from 2 h 8 min ago.'],
    ['that it is old, without a known reason', 9_700, undefined, 'Showing reservations from 5 min ago.'],
    [
      'that the calendar answers, but not now',
      9_800,
      'The store cannot answer just now; please try again.',
      'The calendar is not available. Showing reservations from 3 min ago. Trying again …',
    ],
  ])('says %s', (_, readAt, problem, text) => {
    expect(ageText(readAt, problem)).toBe(text)
  })
})
