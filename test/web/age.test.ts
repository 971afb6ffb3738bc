import { describe, expect, it } from 'vitest'
import { formatAge } from '../../web/live/format-age.ts'

const UNREACHABLE = 'The calendar cannot be reached.'
const ageText = (readAt: number | undefined, problem?: string) => formatAge({ readAt, problem }, 10_000)

describe('the age of what is shown', () => {
  it.each([
    ['nothing while it is fresh', 9_900, undefined, undefined],
    ['that it is being read', undefined, undefined, 'Reading …'],
    ['that nothing could be read', undefined, UNREACHABLE, 'Nothing read yet: the calendar cannot be reached.'],
    ['what it was last, and why', 9_800, UNREACHABLE, 'Read 3 min ago: the calendar cannot be reached.'],
    ['also within the minute', 10_000, UNREACHABLE, 'Read less than a minute ago: the calendar cannot be reached.'],
    ['hours', 2_300, UNREACHABLE, 'Read 2 h 8 min ago: the calendar cannot be reached.'],
    ['that it is old, without a known reason', 9_700, undefined, 'Read 5 min ago.'],
  ])('says %s', (_, readAt, problem, text) => {
    expect(ageText(readAt, problem)).toBe(text)
  })
})
