import { describe, expect, it } from 'vitest'
import { darkCheck, targetCheck } from '../../web/editor/sky-checks.ts'
import { freeCheck, quotaChecks, ruleChecks, timingCheck } from '../../web/editor/time-checks.ts'
import { at, ofBo, reserved, saf, spanOf } from './sites.ts'

const during = spanOf('2026-03-07T04:00Z', '2026-03-07T05:00Z')
const textOf = ({ strong, rest }: { strong: string; rest: string }) => `${strong}${rest}`
const none = { blocking: [], overlapping: [] }
const question = { site: saf, during, overlaps: none, others: [], problem: undefined }

describe('whether a time is free', () => {
  it('is said with the next reservation of the night', () => {
    const next = ofBo('2026-03-07T06:30Z', '2026-03-07T07:00Z')
    const later = ofBo('2026-03-07T08:30Z', '2026-03-07T09:00Z', { creator: 'Cleo' })
    expect(textOf(freeCheck({ ...question, others: [later, next] }))).toBe('Free until 23:30, then Bo Jansson')
    expect(textOf(freeCheck(question))).toBe('Free for the rest of the night')
    const swap = ofBo('2026-03-07T06:30Z', '2026-03-07T07:00Z', { kind: 'maintenance', title: 'Camera swap' })
    expect(textOf(freeCheck({ ...question, others: [swap] }))).toBe('Free until 23:30, then maintenance (Camera swap)')
  })

  it('is denied if it is reserved, or was double-booked already', () => {
    const taken = ofBo('2026-03-07T04:30Z', '2026-03-07T05:30Z')
    const blocked = freeCheck({ ...question, overlaps: { ...none, blocking: [taken] }, others: [taken] })
    expect([blocked.state, textOf(blocked)]).toEqual(['bad', 'Fri 6 Mar 21:30–22:30 is reserved by Bo Jansson (M51).'])
    const already = freeCheck({ ...question, others: [taken] })
    expect([already.state, textOf(already)]).toEqual([
      'warning',
      'Overlaps already: Fri 6 Mar 21:30–22:30 is reserved by Bo Jansson (M51).',
    ])
  })

  it('allows for one’s own, and says when it is not known', () => {
    const own = reserved('2026-03-07T04:30Z', '2026-03-07T05:30Z')
    expect(textOf(freeCheck({ ...question, overlaps: { ...none, overlapping: [own] }, others: [own] }))).toBe(
      'You already have Fri 6 Mar 21:30–22:30; your own may overlap.',
    )
    expect(freeCheck({ ...question, overlaps: undefined }).rest).toBe('Checking availability …')
    expect(freeCheck({ ...question, overlaps: undefined, problem: 'x' }).rest).toBe(
      'The reservations could not be loaded.',
    )
  })
})

describe('the sky of a time', () => {
  it('is dark until dawn, or from dusk on', () => {
    expect(textOf(darkCheck(saf, during))).toMatch(/^Dark throughout; dawn begins at 05:\d\d$/)
    expect(textOf(darkCheck(saf, spanOf('2026-03-06T20:00Z', '2026-03-06T21:00Z')))).toMatch(
      /^In daylight\. It is dark from 19:\d\d\.$/,
    )
  })

  it('says how a target climbs and sinks, and how far the Moon is', () => {
    const m31 = { text: 'M31', name: 'M31', alias: 'Andromeda', target: { ra: 10.6848, dec: 41.269 } }
    const evening = spanOf('2026-11-27T06:15Z', '2026-11-27T08:15Z')
    expect(textOf(targetCheck(saf, evening, m31))).toBe('M31 sinks from airmass 1.2 to 1.8, Moon 76° away')
    expect(textOf(targetCheck(saf, spanOf('2026-11-27T00:00Z', '2026-11-27T01:00Z'), m31))).toMatch(/^M31 climbs from/)
    const south = { ...m31, name: 'LMC', target: { ra: 80.9, dec: -69.8 } }
    expect(textOf(targetCheck(saf, evening, south))).toMatch(/^LMC is below the horizon, Moon/)
  })
})

it('time that is over or has started is said to be', () => {
  expect(timingCheck(saf, during, at('2026-03-07T05:30Z'))).toMatchObject({
    state: 'bad',
    rest: ': this time is over, 30 min ago.',
  })
  expect(timingCheck(saf, during, at('2026-03-07T04:30Z'))).toMatchObject({
    state: 'warning',
    rest: 'This time has already started, at Fri 6 Mar 21:00.',
  })
  expect(timingCheck(saf, during, at('2026-03-07T03:30Z'))).toBeUndefined()
})

it('rules are told but for conflicts, and quotas with what is used', () => {
  const objections = [
    { code: 'conflict', message: 'Taken.', overridable: false },
    { code: 'length', message: 'Too long.', overridable: false },
    { code: 'notice', message: 'Too late.', overridable: true },
  ]
  expect(ruleChecks(objections).map(({ state, rest }) => [state, rest])).toEqual([
    ['bad', 'Too long.'],
    ['warning', 'Too late.'],
  ])
  const left = { of: 'site', left: 1 } as const
  expect(
    quotaChecks([
      { ...left, rule: 'hours_per_night', limit: 4, used: 2.5 },
      { ...left, rule: 'upcoming', limit: 10, used: 3 },
    ]).map(textOf),
  ).toEqual(['2 h 30 min of 4 h are yours in this night already', '3 of 10 reservations to come are made'])
})
