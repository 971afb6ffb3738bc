import { describe, expect, it } from 'vitest'
import { readSites } from '../../src/ops/sites.ts'
import { siteToWire } from '../../src/wire/site.ts'

const SAF = {
  code: 'saf',
  name: 'Apache Ridge Observatory',
  latitude: 35.554,
  longitude: -105.87,
  elevation: 2194,
  time_zone: 'America/Denver',
  enclosure: 'dome',
}
const ALL = {
  lengths: {
    realtime: { shortest_minutes: 15, longest_minutes: 120, allowed_minutes: [30, 45] },
    project: { longest_minutes: 300 },
  },
  horizon_days: 60,
  notice_minutes: 30,
  cancel_notice_minutes: 90,
  darkness: 'nautical',
  hours_per_night: 2.5,
  hours_per_7_nights: 8,
  upcoming: 5,
  one_at_a_time: true,
}

const problemOf = (json: unknown): string => {
  try {
    readSites(json)
    return 'none'
  } catch (error) {
    return (error as Error).message
  }
}
const inFile = (network: object, site: object) => ({ rules: network, sites: [{ ...SAF, rules: site }] })

describe('a sites file', () => {
  it('is a list of sites, or an object with the rules of the network and a list of sites', () => {
    expect(readSites([SAF])).toEqual({ sites: new Map([['saf', expect.objectContaining({ code: 'saf' })]]), rules: {} })
    const { sites, rules } = readSites({ rules: { upcoming: 4 }, sites: [{ ...SAF, rules: { upcoming: 2 } }] })
    expect([rules.upcoming, sites.get('saf')?.rules?.upcoming]).toEqual([4, 2])
    expect(readSites({ sites: [SAF] })).toEqual(readSites([SAF]))
  })

  it('gives every rule in seconds, and gives it back as it was', () => {
    const saf = readSites([{ ...SAF, rules: ALL }]).sites.get('saf')
    expect(saf?.rules).toEqual({
      lengths: {
        realtime: { shortest: 900, longest: 7200, allowed: [1800, 2700] },
        project: { longest: 18_000 },
      },
      horizon: 5_184_000,
      notice: 1800,
      cancelNotice: 5400,
      darkness: 'nautical',
      perNight: 9000,
      per7Nights: 28_800,
      upcoming: 5,
      oneAtATime: true,
    })
    expect(saf && siteToWire(saf)).toEqual({ ...SAF, rules: ALL })
  })

  it('may switch darkness off by name', () => {
    expect(readSites(inFile({}, { darkness: 'none' })).sites.get('saf')?.rules?.darkness).toBeUndefined()
  })

  it.each([
    ['an unknown rule', { hours_per_week: 3 }, /^saf: rules .*hours_per_week/],
    ['a negative notice', { notice_minutes: -1 }, /^saf: rules\.notice_minutes /],
    ['no hours', { hours_per_night: 0 }, /^saf: rules\.hours_per_night /],
    ['half a reservation', { upcoming: 1.5 }, /^saf: rules\.upcoming /],
    ['an unknown darkness', { darkness: 'dim' }, /^saf: rules\.darkness must be one of none, civil/],
    ['a rule for maintenance', { lengths: { maintenance: {} } }, /^saf: rules\.lengths .*maintenance/],
    ['a length above seven days', { lengths: { project: { longest_minutes: 10_081 } } }, /longest_minutes/],
    ['no allowed length', { lengths: { project: { allowed_minutes: [] } } }, /^saf: .*allowed_minutes/],
  ])('with %s is refused', (_, rules, problem) => {
    expect(problemOf([{ ...SAF, rules }])).toMatch(problem)
  })

  it('names a wrong rule of the network', () => {
    expect(problemOf({ rules: { upcoming: 0 }, sites: [SAF] })).toMatch(/^rules\.upcoming /)
    expect(problemOf({ rule: {}, sites: [SAF] })).toContain('rule')
  })

  const realtime = (lengths: object, more: object = {}) => ({ lengths: { realtime: lengths }, ...more })

  it.each([
    [
      'a shortest length above the longest',
      {},
      realtime({ shortest_minutes: 60, longest_minutes: 30 }),
      'the rules of saf: lengths.realtime: shortest_minutes is above longest_minutes',
    ],
    [
      'an allowed length outside of them',
      {},
      realtime({ longest_minutes: 40, allowed_minutes: [30, 45] }),
      'the rules of saf: lengths.realtime: allowed_minutes has 45, which is not between shortest_minutes and longest_minutes',
    ],
    [
      'a notice beyond the horizon',
      {},
      { notice_minutes: 2880, horizon_days: 2 },
      'the rules of saf: notice_minutes is not shorter than horizon_days',
    ],
    [
      'no length within the hours of a night',
      {},
      realtime({ shortest_minutes: 61 }, { hours_per_night: 1 }),
      'the rules of saf: lengths.realtime: no length is within hours_per_night',
    ],
    [
      'no length within the hours of 7 nights',
      {},
      realtime({ allowed_minutes: [90] }, { hours_per_7_nights: 1 }),
      'the rules of saf: lengths.realtime: no length is within hours_per_7_nights',
    ],
    [
      "contradictions of the network's",
      { notice_minutes: 2880, horizon_days: 1 },
      {},
      "the network's rules: notice_minutes is not shorter than horizon_days",
    ],
    [
      'lengths that the network does not have',
      realtime({ allowed_minutes: [30] }),
      realtime({ allowed_minutes: [45] }),
      "the rules of saf together with the network's: lengths.realtime: allowed_minutes leaves no length",
    ],
    [
      "a shortest length above the network's longest",
      realtime({ longest_minutes: 30 }),
      realtime({ shortest_minutes: 60 }),
      "the rules of saf together with the network's: lengths.realtime: shortest_minutes is above longest_minutes",
    ],
  ])('that leaves nothing to reserve is refused: %s', (_, network, site, problem) => {
    expect(problemOf(inFile(network, site))).toBe(problem)
  })

  it.each([
    ['some lengths in common', realtime({ allowed_minutes: [30, 45, 120] }), realtime({ longest_minutes: 60 })],
    ['one length of exactly the hours of a night', {}, realtime({ shortest_minutes: 60 }, { hours_per_night: 1 })],
  ])('with %s is accepted', (_, network, site) => {
    expect(problemOf(inFile(network, site))).toBe('none')
  })
})
