import { expect, it } from 'vitest'
import { nightOfDate, stepAtOrAfter, stepAtOrBefore } from '../../web/editor/steps.ts'
import { at, saf } from './sites.ts'

it('has no night for a date that a time zone skipped, or that does not exist', () => {
  const apia = { ...saf, timeZone: 'Pacific/Apia' }
  expect([nightOfDate(apia, '2011-12-30'), nightOfDate(saf, '2026-02-30'), nightOfDate(saf, '')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(nightOfDate(apia, '2011-12-31')?.date).toBe('2011-12-31')
})

it('steps are five minutes', () => {
  const odd = at('2026-01-16T03:02:10Z')
  expect([stepAtOrBefore(odd), stepAtOrAfter(odd)]).toEqual([at('2026-01-16T03:00Z'), at('2026-01-16T03:05Z')])
  expect(stepAtOrAfter(at('2026-01-16T03:05Z'))).toBe(at('2026-01-16T03:05Z'))
})
