import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import { DARKNESS_RULES } from '../../src/domain/rules.ts'
import { isDarkThroughout } from '../../src/sky/dark-enough.ts'
import { darkness, twilight } from '../../src/sky/sun.ts'
import { nightInterval } from '../../src/sky/zone.ts'
import { at, saf } from '../context.ts'

const night = { site: saf, date: '2030-03-08' }
const bands = twilight(night)
const bandOf = (light: string) => bands.filter((band) => band.light === light)

describe('a reservation in darkness', () => {
  it.each([
    ['civil', 'nautical'],
    ['nautical', 'astronomical'],
    ['astronomical', 'dark'],
  ] as const)('that is %s begins and ends with the band of %s', (rule, light) => {
    const [first, last] = [bandOf(light)[0], bandOf(light).at(-1)]
    const during = { start: first?.start ?? 0, end: last?.end ?? 0 }
    expect(isDarkThroughout(saf, rule, during)).toBe(true)
    expect(isDarkThroughout(saf, rule, { ...during, start: during.start - 1 })).toBe(false)
    expect(isDarkThroughout(saf, rule, { ...during, end: during.end + 1 })).toBe(false)
  })

  it('may be all of the darkness that is offered as free', () => {
    const [dark] = darkness(night)
    if (!dark) throw new Error('it is dark on this night')
    for (const rule of DARKNESS_RULES) expect(isDarkThroughout(saf, rule, dark)).toBe(true)
  })

  it('is never the day, and never two nights', () => {
    const { start, end } = nightInterval(night)
    expect(isDarkThroughout(saf, 'civil', { start, end: start + HOUR })).toBe(false)
    const [dark] = darkness(night)
    expect(isDarkThroughout(saf, 'civil', { start: dark?.start ?? 0, end: end + 12 * HOUR })).toBe(false)
  })

  it('may last a week in polar night, and not a second in the white nights', () => {
    const pole = { ...saf, latitude: -90, longitude: 0, timeZone: 'UTC' }
    const midwinter = at('2030-06-21T00:00:00Z')
    expect(isDarkThroughout(pole, 'astronomical', { start: midwinter, end: midwinter + 7 * DAY })).toBe(true)
    const far = { ...pole, latitude: 65 }
    expect(isDarkThroughout(far, 'astronomical', { start: midwinter, end: midwinter + 1 })).toBe(false)
  })
})
