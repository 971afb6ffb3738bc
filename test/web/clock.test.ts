import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { clockError, noteServerTime, now } from '../../web/live/clock.ts'

const BROWSER = Date.parse('2026-11-27T05:42:00Z')
beforeEach(() => {
  vi.useFakeTimers({ now: BROWSER })
})
afterEach(() => {
  noteServerTime(null)
  vi.useRealTimers()
})

const serverIs = (ms: number) => noteServerTime(new Date(BROWSER + ms).toUTCString())

it.each([
  ['an hour fast', -3_600_000],
  ['ten minutes slow', 600_000],
])('a clock that is %s is corrected', (_, ms) => {
  serverIs(ms)
  expect([now(), clockError()]).toEqual([(BROWSER + ms) / 1000, -ms / 1000])
})

it.each([
  ['right to some seconds', 20_000],
  ['off by years, as in a test', 4 * 365 * 86_400_000],
])('a clock that is %s is left alone', (_, ms) => {
  serverIs(ms)
  expect([now(), clockError()]).toEqual([BROWSER / 1000, 0])
})

it('a clock that is set right again is believed again', () => {
  serverIs(-3_600_000)
  serverIs(0)
  expect(now()).toBe(BROWSER / 1000)
})

it.each([null, '', 'yesterday'])('the date %o is ignored', (date) => {
  noteServerTime(date)
  expect(now()).toBe(BROWSER / 1000)
})
