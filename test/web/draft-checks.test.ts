import { describe, expect, it } from 'vitest'
import { checkOverlaps, isBright, lightSecondsOf, formatLight, timingOf } from '../../web/editor/draft-checks.ts'
import { durationOf } from '../../src/domain/interval.ts'
import { enclosureOf } from '../context.ts'
import { at, ofBo, saf, spanOf } from './sites.ts'

describe('a check of overlaps', () => {
  const proposed = ofBo('2026-03-07T04:00Z', '2026-03-07T05:00Z', { id: 'proposed', observer: 'ada' })
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id)

  it("reports another observer's reservation as blocking, and one's own as overlapping", () => {
    const theirs = ofBo('2026-03-07T04:30Z', '2026-03-07T05:30Z', { id: 'theirs' })
    const own = ofBo('2026-03-07T03:30Z', '2026-03-07T04:30Z', { id: 'own', observer: 'ada' })
    const after = ofBo('2026-03-07T05:00Z', '2026-03-07T05:30Z', { id: 'after' })
    const { blocking, overlapping } = checkOverlaps(proposed, [own, theirs, after])
    expect([ids(blocking), ids(overlapping)]).toEqual([['theirs'], ['own']])
  })

  it("reports maintenance as blocking, one's own too", () => {
    const closure = ofBo('2026-03-07T03:30Z', '2026-03-07T04:30Z', {
      id: 'closure',
      observer: 'ada',
      kind: 'maintenance',
    })
    const { blocking, overlapping } = checkOverlaps(proposed, [closure])
    expect([ids(blocking), ids(overlapping)]).toEqual([['closure'], []])
  })

  it('reports maintenance at the enclosure of the telescope as blocking', () => {
    const telescopes = enclosureOf('aro')
    const closure = ofBo('2026-03-07T03:30Z', '2026-03-07T04:30Z', { id: 'closure', site: 'aro', kind: 'maintenance' })
    const at = (site: string) => checkOverlaps({ ...proposed, site }, [closure], undefined, telescopes)
    expect([ids(at('aro2').blocking), ids(at('saf').blocking)]).toEqual([['closure'], []])
  })

  it('reports neither the reservation itself, nor what it overlapped before', () => {
    const overlapped = ofBo('2026-03-07T04:30Z', '2026-03-07T05:30Z', { id: 'theirs' })
    expect(checkOverlaps(proposed, [proposed, overlapped], proposed)).toEqual({ blocking: [], overlapping: [] })
    expect(
      ids(checkOverlaps({ ...proposed, end: proposed.end + 600 }, [proposed, overlapped], proposed).blocking),
    ).toEqual(['theirs'])
  })
})

describe('the light of a time', () => {
  it.each([
    ['2026-03-07T04:00Z', '2026-03-07T05:00Z', 'Dark throughout.', false],
    ['2026-03-06T20:00Z', '2026-03-06T21:00Z', 'In daylight.', true],
    ['2026-03-07T01:15Z', '2026-03-07T02:00Z', 'In twilight.', true],
    ['2026-03-06T23:00Z', '2026-03-07T01:30Z', 'In twilight and daylight.', true],
  ])('from %s to %s: %s', (start, end, expected, bright) => {
    const light = lightSecondsOf(saf, spanOf(start, end))
    expect([formatLight(light), isBright(light)]).toEqual([expected, bright])
  })

  it('says how much is dark, and adds up over nights', () => {
    const evening = spanOf('2026-03-07T02:00Z', '2026-03-07T05:00Z')
    const light = lightSecondsOf(saf, evening)
    expect(light.dark + light.twilight + light.day).toBe(durationOf(evening))
    expect(formatLight(light)).toMatch(/^Dark for 2 h \d+ min, the rest in twilight\.$/)
    const two = spanOf('2026-03-06T19:00Z', '2026-03-08T18:00Z')
    const both = lightSecondsOf(saf, two)
    expect(both.dark + both.twilight + both.day).toBe(durationOf(two))
  })
})

it('distinguishes past, running and upcoming intervals', () => {
  const time = spanOf('2026-03-07T04:00Z', '2026-03-07T05:00Z')
  expect([time.start - 1, time.start, time.end - 1, time.end].map((now) => timingOf(time, now))).toEqual([
    'upcoming',
    'now',
    'now',
    'past',
  ])
  expect(timingOf(time, at('2026-03-01T00:00Z'))).toBe('upcoming')
})
