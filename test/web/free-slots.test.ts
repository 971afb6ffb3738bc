import { describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import { darkness } from '../../src/sky/sun.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { freeNear, nextFree } from '../../web/editor/free-slots.ts'
import { STEP } from '../../web/editor/steps.ts'
import { formatSpan } from '../../web/format/span.ts'
import { at, saf, southPole, spanOf } from './sites.ts'

const noon = at('2026-03-06T19:00Z')
const evening = spanOf('2026-03-07T04:00Z', '2026-03-07T05:00Z')
const dark = darkness({ site: saf, date: '2026-03-06' })[0] ?? evening
const spanText = (time: { start: number; end: number } | undefined) => time && formatSpan(saf, time)

describe('the next free dark time', () => {
  it('begins on a step, when it has become dark', () => {
    const found = nextFree({ site: saf, wanted: { start: noon, end: noon + 1800 }, taken: [], earliest: noon })
    expect(found).toEqual({
      start: Math.ceil(dark.start / STEP) * STEP,
      end: Math.ceil(dark.start / STEP) * STEP + 1800,
    })
    expect((found?.start ?? 0) - dark.start).toBeLessThan(STEP)
  })

  it('begins at the next step if it is dark already', () => {
    const found = nextFree({
      site: saf,
      wanted: { ...evening, end: evening.start + 1800 },
      taken: [],
      earliest: at('2026-03-07T04:01Z'),
    })
    expect(spanText(found)).toBe('Fri 6 Mar 21:05–21:35')
  })

  it('skips what is taken, to another night if needed', () => {
    const after = { site: saf, wanted: { start: noon, end: noon + 1800 }, earliest: noon }
    expect(spanText(nextFree({ ...after, taken: [spanOf('2026-03-06T19:00Z', '2026-03-07T07:00Z')] }))).toBe(
      'Sat 7 Mar 00:00–00:30',
    )
    expect(nextFree({ ...after, taken: [spanOf('2026-03-06T19:00Z', '2026-03-07T19:00Z')] })?.start).toBeGreaterThan(
      at('2026-03-08T01:00Z'),
    )
    expect(nextFree({ ...after, taken: [spanOf('2026-03-06T19:00Z', '2026-03-22T19:00Z')] })).toBeUndefined()
  })

  it('goes on across the noon of a polar night, unless that is taken', () => {
    const { end: midday } = nightInterval(nightAt(southPole, at('2026-06-20T06:00Z')))
    const wanted = { start: midday - 2 * HOUR, end: midday + 2 * HOUR }
    const search = { site: southPole, wanted, earliest: wanted.start }
    expect(nextFree({ ...search, taken: [] })).toEqual(wanted)
    expect(nextFree({ ...search, taken: [{ start: midday, end: midday + HOUR }] })?.start).toBe(midday + HOUR)
  })
})

describe('free dark time near what is taken', () => {
  it('is as long as wanted, right before and right after it', () => {
    const found = freeNear({ site: saf, wanted: evening, taken: [evening], earliest: noon })
    expect(found.map(spanText)).toEqual(['Fri 6 Mar 20:00–21:00', 'Fri 6 Mar 22:00–23:00'])
  })

  it('is not before the present', () => {
    const found = freeNear({ site: saf, wanted: evening, taken: [evening], earliest: at('2026-03-07T03:30Z') })
    expect(found.map(spanText)).toEqual(['Fri 6 Mar 22:00–23:00'])
  })

  it('is not on a step only if it would not fit otherwise', () => {
    const taken = [
      spanOf('2026-03-07T00:00Z', '2026-03-07T03:02Z'),
      evening,
      spanOf('2026-03-07T06:03Z', '2026-03-07T16:00Z'),
    ]
    expect(freeNear({ site: saf, wanted: evening, taken, earliest: noon }).map(spanText)).toEqual([
      'Fri 6 Mar 22:00–23:00',
    ])
    const tight = [spanOf('2026-03-07T00:00Z', '2026-03-07T02:58Z'), spanOf('2026-03-07T03:58Z', '2026-03-07T16:00Z')]
    expect(freeNear({ site: saf, wanted: evening, taken: tight, earliest: noon }).map(spanText).slice(0, 1)).toEqual([
      'Fri 6 Mar 19:58–20:58',
    ])
  })
})
