import { describe, expect, it } from 'vitest'
import { brokenRules, applicableRules, type RuleContext } from '../../src/domain/broken-rules.ts'
import { DAY, HOUR, type Interval, MINUTE } from '../../src/domain/interval.ts'
import { countedFrom, type Placed, usageOf } from '../../src/domain/quotas.ts'
import { type Rules, strictest } from '../../src/domain/rules.ts'
import { TODAY, from, on } from '../context.ts'

/** Nights go from 19:00 to 19:00 UTC here, as they do at 105 degrees west; at `east` from 02:00. */
const nightOf = (site: string, at: number) => {
  const noon = (site === 'east' ? 2 : 19) * HOUR
  const start = Math.floor((at - noon) / DAY) * DAY + noon
  return { date: new Date((start - noon) * 1000).toISOString().slice(0, 10), start, end: start + DAY }
}

const world = (
  site: Rules,
  { network = {}, now = TODAY, dark }: { network?: Rules; now?: number; dark?: Interval } = {},
) =>
  ({
    now,
    network,
    rulesAt: (code) => (code === 'saf' ? site : {}),
    nightOf,
    isDark: (_, __, { start, end }) => dark === undefined || (dark.start <= start && end <= dark.end),
  }) satisfies RuleContext

let count = 0
const at = (interval: Interval, more: Partial<Placed> = {}): Placed => ({
  id: `r${++count}`,
  site: 'saf',
  kind: 'realtime',
  ...interval,
  ...more,
})
/** Two hours in the night of 8 March. */
const usual = at(from(9, '03:00', '05:00'))
const moved = (more: Partial<Placed>, before = usual) => ({ before, after: { ...before, ...more } })

const codes = (...args: Parameters<typeof brokenRules>) => brokenRules(...args).map(({ code }) => code)

/** Rules that `usual` and everything near it break, all of them. */
const STRICT: Rules = {
  lengths: { realtime: { longest: HOUR }, project: { longest: HOUR } },
  horizon: DAY,
  notice: 30 * DAY,
  cancelNotice: 30 * DAY,
  darkness: 'astronomical',
  perNight: MINUTE,
  per7Nights: MINUTE,
  upcoming: 1,
  oneAtATime: true,
}
const NEVER_DARK = { start: 0, end: 1 }
const others = [at(from(9, '03:00', '05:00'), { site: 'aro1' }), at(from(10, '03:00', '05:00'))]
const ALL_BUT_DELETION = [
  'length',
  'horizon',
  'notice',
  'darkness',
  'hours_per_night',
  'hours_per_7_nights',
  'upcoming',
  'one_at_a_time',
]

describe('a step meets', () => {
  it.each([
    ['every rule when it creates', { after: usual }, ALL_BUT_DELETION],
    ['every rule when it moves', moved({ start: on(9, '03:01'), end: on(9, '05:01') }), ALL_BUT_DELETION],
    [
      'every rule when it lengthens at the end',
      moved({ end: on(9, '05:01') }),
      ALL_BUT_DELETION.filter((code) => code !== 'notice'),
    ],
    ['every rule when it lengthens at the start', moved({ start: on(9, '02:59') }), ALL_BUT_DELETION],
    ['every rule when the site changes', { before: { ...usual, site: 'west' }, after: usual }, ALL_BUT_DELETION],
    [
      'every rule when the kind changes',
      moved({ kind: 'project' }),
      ALL_BUT_DELETION.filter((code) => code !== 'notice'),
    ],
    [
      'every rule when maintenance becomes a reservation',
      { before: { ...usual, kind: 'maintenance' }, after: usual },
      ALL_BUT_DELETION,
    ],
    ['the length alone when it shortens at the end', moved({ end: on(9, '04:30') }), ['length']],
    ['the length alone when it shortens at the start', moved({ start: on(9, '03:30') }), ['length']],
    [
      'the length alone when it shortens at both ends',
      moved({ start: on(9, '03:30'), end: on(9, '04:45') }),
      ['length'],
    ],
    ['nothing when it shortens to an allowed length', moved({ end: on(9, '04:00') }), []],
    [
      'every rule when it shortens, and the kind changes',
      moved({ end: on(9, '04:30'), kind: 'project' }),
      ALL_BUT_DELETION.filter((code) => code !== 'notice'),
    ],
    ['nothing when neither site, interval nor kind changes', moved({}), []],
    ['nothing when it becomes maintenance', moved({ kind: 'maintenance' }), []],
    ['nothing when it creates maintenance', { after: { ...usual, kind: 'maintenance' } }, []],
    ['the notice of deletions alone when it deletes', { before: usual }, ['cancel_notice']],
    ['nothing when it deletes maintenance', { before: { ...usual, kind: 'maintenance' } }, []],
  ] as const)('%s', (_, step, expected) => {
    const somewhere = world({}, { network: STRICT, dark: NEVER_DARK })
    expect(codes(step, others, somewhere)).toEqual(expected)
    expect(codes(step, others, world({}))).toEqual([])
  })

  it('both the rules of its site and those of the network, and those of no other site', () => {
    expect(codes({ after: usual }, others, world(STRICT, { dark: NEVER_DARK }))).toEqual(ALL_BUT_DELETION)
    expect(codes({ after: { ...usual, site: 'west' } }, [], world(STRICT, { dark: NEVER_DARK }))).toEqual([])
    const both = world({ horizon: 30 * DAY, perNight: HOUR }, { network: { horizon: DAY, perNight: HOUR } })
    expect(codes({ after: usual }, [], both)).toEqual(['horizon', 'hours_per_night', 'hours_per_night'])
  })

  it('no quota where nothing is counted, as for services', () => {
    const expected = ['length', 'horizon', 'notice', 'darkness']
    expect(codes({ after: usual }, undefined, world(STRICT, { dark: NEVER_DARK }))).toEqual(expected)
  })

  it('of two rules the stricter', () => {
    const a: Rules = {
      horizon: 1,
      notice: 1,
      cancelNotice: 2,
      darkness: 'civil',
      perNight: 3,
      upcoming: 4,
      oneAtATime: false,
    }
    const b: Rules = {
      horizon: 2,
      notice: 2,
      cancelNotice: 1,
      darkness: 'nautical',
      per7Nights: 5,
      upcoming: 3,
      oneAtATime: true,
    }
    const expected = {
      horizon: 1,
      notice: 2,
      cancelNotice: 2,
      darkness: 'nautical',
      perNight: 3,
      per7Nights: 5,
      upcoming: 3,
      oneAtATime: true,
    }
    for (const merged of [strictest(a, b), strictest(b, a)]) expect(merged).toEqual(expected)
    const lengths = strictest(
      { lengths: { realtime: { shortest: 1, longest: 9, allowed: [2, 4, 8] } } },
      { lengths: { realtime: { shortest: 3, longest: 5 }, project: { longest: 7 } } },
    )
    expect(lengths.lengths).toEqual({ realtime: { shortest: 3, longest: 5, allowed: [4] }, project: { longest: 7 } })
  })
})

describe('the length', () => {
  it.each([
    ['of the shortest', { shortest: 2 * HOUR }, []],
    ['below the shortest', { shortest: 121 * MINUTE }, ['A realtime reservation at saf lasts at least 121 minutes.']],
    ['of the longest', { longest: 2 * HOUR }, []],
    ['above the longest', { longest: 90 * MINUTE }, ['A realtime reservation at saf lasts at most 90 minutes.']],
    [
      'outside of both',
      { shortest: 15 * MINUTE, longest: HOUR },
      ['A realtime reservation at saf lasts at least 15 minutes and at most 1 hour.'],
    ],
    ['that is allowed', { allowed: [HOUR, 2 * HOUR] }, []],
    [
      'that is not allowed',
      { allowed: [3 * HOUR, 45 * MINUTE, DAY] },
      ['A realtime reservation at saf lasts 45 minutes, 3 hours or 1 day.'],
    ],
    ['that is not the only one', { allowed: [HOUR] }, ['A realtime reservation at saf lasts 1 hour.']],
  ])('%s', (_, realtime, messages) => {
    const found = brokenRules({ after: usual }, [], world({ lengths: { realtime } }))
    expect(found.map(({ message }) => message)).toEqual(messages)
    expect(codes({ after: { ...usual, kind: 'project' } }, [], world({ lengths: { realtime } }))).toEqual([])
  })
})

describe('the horizon', () => {
  it('is where a reservation may start at the latest', () => {
    const horizon = usual.start - TODAY
    expect(codes({ after: usual }, [], world({ horizon }))).toEqual([])
    expect(codes({ after: usual }, [], world({ horizon: horizon - 1 }))).toEqual(['horizon'])
  })
})

describe('the notice', () => {
  const notice = 30 * MINUTE
  it.each([
    ['is kept to the second', { after: usual }, usual.start - notice, []],
    ['is too short by a second', { after: usual }, usual.start - notice + 1, ['notice']],
    ['is needed to start in the past', { after: usual }, usual.end + DAY, ['notice']],
    ['is not needed to extend a running reservation', moved({ end: on(9, '06:00') }), on(9, '04:00'), []],
    ['is not needed to extend one that starts soon', moved({ end: on(9, '06:00') }), on(9, '02:50'), []],
    ['is needed to extend one that has ended', moved({ end: on(9, '06:00') }), on(9, '05:00'), ['notice']],
    ['is needed to start a running one earlier', moved({ start: on(9, '02:00') }), on(9, '04:00'), ['notice']],
    [
      'is needed to move a running one',
      moved({ start: on(9, '04:10'), end: on(9, '06:10') }),
      on(9, '04:00'),
      ['notice'],
    ],
    ['is needed at another site', { before: { ...usual, site: 'west' }, after: usual }, on(9, '04:00'), ['notice']],
    ['is not needed for another kind', moved({ kind: 'project' }), on(9, '04:00'), []],
  ] as const)('%s', (_, step, now, expected) => {
    expect(codes(step, [], world({ notice }, { now }))).toEqual(expected)
  })

  it('of 0 keeps a reservation from starting in the past', () => {
    expect(codes({ after: usual }, [], world({ notice: 0 }, { now: usual.start }))).toEqual([])
    const [broken] = brokenRules({ after: usual }, [], world({ notice: 0 }, { now: usual.start + 1 }))
    expect(broken?.message).toBe('A reservation at saf starts in the future.')
  })
})

describe('the notice of a deletion', () => {
  const cancelNotice = 90 * MINUTE
  it.each([
    ['is kept to the second', usual.start - cancelNotice, []],
    ['is too short by a second', usual.start - cancelNotice + 1, ['cancel_notice']],
    ['is too short for a running one', usual.start + 1, ['cancel_notice']],
    ['is too short for one that has ended', usual.end + DAY, ['cancel_notice']],
  ])('%s', (_, now, expected) => {
    expect(codes({ before: usual }, [], world({ cancelNotice }, { now }))).toEqual(expected)
  })

  it('of 0 ends with the start', () => {
    expect(codes({ before: usual }, [], world({ cancelNotice: 0 }, { now: usual.start }))).toEqual([])
    const [broken] = brokenRules({ before: usual }, [], world({ cancelNotice: 0 }, { now: usual.start + 1 }))
    expect(broken?.message).toBe('A reservation at saf can be deleted until it starts.')
  })
})

describe('darkness', () => {
  it.each([
    ['from the start to the end', from(9, '03:00', '05:00'), []],
    ['but for a second', { start: on(9, '03:00') + 1, end: on(9, '05:00') }, ['darkness']],
  ])('%s', (_, dark, expected) => {
    expect(codes({ after: usual }, [], world({ darkness: 'civil' }, { dark }))).toEqual(expected)
  })
})

describe('the hours of a night', () => {
  const rules = world({ perNight: 3 * HOUR })
  const hour = (day: number, start: string, end: string, more?: Partial<Placed>) => at(from(day, start, end), more)

  it.each([
    ['are exactly used', [hour(9, '06:00', '07:00')], []],
    ['are exceeded by a second', [at({ start: on(9, '06:00'), end: on(9, '07:00') + 1 })], ['hours_per_night']],
    ['are counted in the night of the start', [hour(8, '18:59', '20:30')], []],
    ['begin with the night', [hour(8, '19:00', '20:30')], ['hours_per_night']],
    ['end with the night', [hour(9, '19:00', '20:30')], []],
    ['at another site are not counted', [hour(9, '06:00', '08:00', { site: 'aro1' })], []],
    ['of maintenance are not counted', [hour(9, '06:00', '08:00', { kind: 'maintenance' })], []],
    ['of a project are counted', [hour(9, '06:00', '08:00', { kind: 'project' })], ['hours_per_night']],
    ['are not counted twice when it changes', [usual, hour(9, '06:00', '07:00')], []],
    ['are counted for a duplicate row', [{ ...usual, start: usual.start + 1 }], ['hours_per_night']],
  ])('%s', (_, reservations, expected) => {
    expect(codes({ before: { ...usual, end: on(9, '04:00') }, after: usual }, reservations, rules)).toEqual(expected)
  })

  it('are those at all sites for the network, each in its own night', () => {
    const network = { perNight: 3 * HOUR }
    const elsewhere = (start: string, day = 9) => [
      at({ start: on(day, start), end: on(day, start) + 2 * HOUR }, { site: 'east' }),
    ]
    expect(codes({ after: usual }, elsewhere('03:00', 8), world({}, { network }))).toEqual(['hours_per_night'])
    expect(codes({ after: usual }, elsewhere('01:59'), world({}, { network }))).toEqual(['hours_per_night'])
    expect(codes({ after: usual }, elsewhere('02:00'), world({}, { network }))).toEqual([])
  })

  it('allow a move within a night that is full, and refuse one into it', () => {
    const full = [usual, hour(9, '06:00', '07:00'), hour(10, '03:00', '04:00')]
    expect(codes(moved({ start: on(9, '08:00'), end: on(9, '10:00') }), full, rules)).toEqual([])
    expect(codes(moved({ start: on(9, '08:00'), end: on(9, '10:00') }, full[2] as Placed), full, rules)).toEqual([
      'hours_per_night',
    ])
  })

  it('are named with the night', () => {
    const [broken] = brokenRules({ after: usual }, [hour(9, '06:00', '07:30')], rules)
    expect(broken?.message).toBe(
      'An observer has at most 3 hours a night at saf; with this reservation it would be 3.5 hours in the night of 2030-03-08.',
    )
  })
})

describe('the hours of 7 nights', () => {
  const rules = world({ per7Nights: 6 * HOUR })
  /** Two hours in the night of a day of March. */
  const inNight = (night: number) => at({ start: on(night + 1, '03:00'), end: on(night + 1, '05:00') })

  it.each([
    ['are exactly used', [2, 14], []],
    ['hold the six nights before', [2, 3, 4], ['hours_per_7_nights']],
    ['hold the six nights after', [12, 13, 14], ['hours_per_7_nights']],
    ['hold nights on both sides', [5, 9, 11], ['hours_per_7_nights']],
    ['do not hold the seventh before and after', [1, 2, 3, 15, 14], []],
    ['do not add up over two runs', [2, 3, 13, 14], []],
  ])('%s', (_, nights, expected) => {
    expect(codes({ after: usual }, nights.map(inNight), rules)).toEqual(expected)
  })

  it('are named with the first and the last night', () => {
    const [broken] = brokenRules({ after: usual }, [5, 9, 11].map(inNight), rules)
    expect(broken?.message).toBe(
      'An observer has at most 6 hours in 7 nights at saf; with this reservation it would be 8 hours from 2030-03-05 to 2030-03-11.',
    )
  })
})

describe('upcoming reservations', () => {
  const rules = world({ upcoming: 2 }, { now: on(9, '04:00') })
  const [past, running, later] = [from(9, '01:00', '04:00'), from(9, '02:00', '04:01'), from(20, '01:00', '02:00')].map(
    (one) => at(one),
  )

  it.each([
    ['are those that have not ended', [past, running], []],
    ['are too many', [running, later], ['upcoming']],
    ['at another site are not counted', [running, { ...later, site: 'aro1' }], []],
  ])('%s', (_, reservations, expected) => {
    expect(codes({ after: at(from(9, '05:00', '06:00')) }, reservations as Placed[], rules)).toEqual(expected)
  })

  it('do not hold one that has ended', () => {
    const three = [running, later, { ...later, id: 'third' }] as Placed[]
    expect(codes({ after: at(from(8, '05:00', '06:00')) }, three, rules)).toEqual([])
  })

  it('at their number may be moved', () => {
    const step = moved({ start: on(21, '01:00'), end: on(21, '02:00') }, later)
    expect(codes(step, [running, later] as Placed[], rules)).toEqual([])
  })
})

describe('one telescope at a time', () => {
  const overlapping = at(from(9, '04:59', '05:30'), { site: 'aro1' })

  it.each([
    ['for the network', {}, { oneAtATime: true }],
    ['for the site', { oneAtATime: true }, {}],
  ])('%s', (_, site, network) => {
    const rules = world(site, { network })
    expect(codes({ after: usual }, [overlapping], rules)).toEqual(['one_at_a_time'])
    expect(codes({ after: usual }, [{ ...overlapping, start: on(9, '05:00') }], rules)).toEqual([])
    expect(codes({ after: usual }, [{ ...overlapping, site: 'saf' }], rules)).toEqual([])
    expect(codes({ after: usual }, [{ ...overlapping, kind: 'maintenance' }], rules)).toEqual([])
  })

  it("is the other site's rule as well", () => {
    const atOther = { after: { ...usual, site: 'aro1' } }
    expect(codes(atOther, [{ ...overlapping, site: 'saf' }], world({ oneAtATime: true }))).toEqual(['one_at_a_time'])
    expect(codes(atOther, [{ ...overlapping, site: 'aro2' }], world({ oneAtATime: true }))).toEqual([])
  })
})

describe('what is counted', () => {
  it('is read only as far back as the rules need', () => {
    const since = (rules: Rules, alone = false) => countedFrom(usual, world(rules), alone)
    expect(since({})).toBeUndefined()
    expect(since({ upcoming: 3 })).toBe(TODAY)
    expect(since({}, true)).toBe(usual.start)
    expect(since({ perNight: 1 })).toBe(on(8, '12:00') - 16 * HOUR)
    expect(since({ per7Nights: 1, perNight: 1 }, true)).toBe(on(2, '12:00') - 16 * HOUR)
    expect(since({ per7Nights: 1, upcoming: 1 })).toBe(TODAY)
  })

  it('is the run of 7 nights that is used most', () => {
    const reservations = [2, 3, 13].map((day) => at(from(day + 1, '03:00', '04:00')))
    const query = { site: 'saf', night: '2030-03-08' }
    expect(usageOf({ code: 'hours_per_7_nights', from: 'site' }, query, reservations, world({}))).toEqual({
      used: 2 * HOUR,
      nights: ['2030-03-02', '2030-03-08'],
    })
    expect(usageOf({ code: 'hours_per_night', from: 'site' }, query, [], world({}))).toEqual({
      used: 0,
      nights: ['2030-03-08', '2030-03-08'],
    })
  })
})

it('tells which rules apply to a step', () => {
  expect(applicableRules({ before: usual, after: usual })).toBe('none')
  expect(applicableRules({ after: usual })).toBe('all')
})

it('looks up each night once, however many reservations start in it', () => {
  let lookups = 0
  const counting = {
    ...world({}),
    nightOf(site: string, instant: number) {
      lookups += 1
      return nightOf(site, instant)
    },
  }
  const many = Array.from({ length: 2000 }, (_, n) => at({ start: usual.start + n, end: usual.start + n + 1 }))
  const night = nightOf('saf', usual.start).date
  const used = usageOf({ code: 'hours_per_night', from: 'site' }, { site: 'saf', night }, many, counting)
  expect(used.used).toBe(2000)
  expect(lookups).toBe(1)
})
