import { AngleBetween, Body, Illumination, KM_PER_AU } from 'astronomy-engine'
import { Temporal } from 'temporal-polyfill'
import { expect, it } from 'vitest'
import { HOUR, type Interval, MINUTE, mergeIntervals, subtractIntervals } from '../../src/domain/interval.ts'
import { DARKNESS } from '../../src/domain/night.ts'
import { anonymous } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { DARKNESS_RULES, type Rules } from '../../src/domain/rules.ts'
import type { Site } from '../../src/domain/site.ts'
import { type AvailabilityQuery, findAvailability } from '../../src/service/availability.ts'
import { MOVING_BODIES, type Target } from '../../src/sky/target.ts'
import { timeOf } from '../../src/sky/time.ts'
import { changing, memoryStore, proposed, worldOf } from '../context.ts'
import {
  altitudeByRotation,
  bodyByEngine,
  randomDate,
  randomNumbers,
  randomSite,
  separationByEngine,
} from '../sky/engine.ts'

/** `AVAILABILITY_RUNS=1000` takes some minutes. */
const RUNS = Number(process.env['AVAILABILITY_RUNS'] ?? 25)
/** How exact the result has to be, and how far apart the instants are that are looked at, in seconds. */
const [TOLERANCE, STEP] = [30, 15]
/** What aberration, refraction and interpolation may change, degrees. */
const SLACK = 0.012

/** One place with one question, and all that stands in its way. */
interface Case {
  readonly site: Site
  readonly question: AvailabilityQuery
  readonly reservations: readonly Reservation[]
  readonly rules: Rules
  readonly now: number
}

const random = randomNumbers(2030)
const between = (low: number, high: number) => low + random() * (high - low)
const oneOf = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
const sometimes = <T>(chance: number, value: () => T) => (random() < chance ? value() : undefined)

function randomCase(): Case {
  const start = Math.round(Date.parse(`${randomDate(random)}T00:00Z`) / 1000 + between(0, 24) * HOUR)
  const during = { start, end: start + Math.round(between(20, 60) * HOUR) }
  const now = start + Math.round(sometimes(0.3, () => between(-30, 20) * HOUR) ?? -100 * HOUR)
  const length = Math.round(between(2, 150)) * MINUTE
  const [wema, code] = ['enclosure', 'there']
  const rules = sometimes(0.4, () => ({
    horizon: sometimes(0.5, () => Math.round(start - now + between(0, 60) * HOUR)),
    notice: sometimes(0.4, () => Math.round(between(0, 20) * HOUR)),
    darkness: sometimes(0.4, () => oneOf(DARKNESS_RULES)),
    lengths: {
      realtime: { longest: Math.round(length * between(0.5, 3)) },
      project: { longest: Math.round(length * between(0.9, 2)) },
    },
  }))
  const reservations = Array.from({ length: Math.floor(between(0, 25)) }, (_, n) => {
    const from = Math.round(between(during.start - 5 * HOUR, during.end))
    const kind = random() < 0.2 ? ('maintenance' as const) : ('realtime' as const)
    return proposed({
      id: `r${n}`,
      site: kind === 'maintenance' && random() < 0.5 ? wema : code,
      kind,
      priority: oneOf(['standard', 'low_priority']),
      start: from,
      end: from + Math.round(between(5, 180) * MINUTE),
    })
  })
  const site = {
    ...randomSite(random),
    code,
    wema,
    rules,
    horizon: sometimes(0.3, () => between(0, 40)),
    zenithBlindSpot: sometimes(0.3, () => between(0, 15)),
  }
  const place = () => ({ ra: random() * 360, dec: (Math.asin(random() * 2 - 1) * 180) / Math.PI })
  const target = sometimes(0.8, () => sometimes(0.8, place) ?? { body: oneOf(MOVING_BODIES) })
  const question = {
    sites: [code],
    during,
    length,
    darkness: oneOf(DARKNESS),
    target,
    maxAirmass: oneOf([1.02, 1.3, 2, 2, 3, 10, 40]),
    minLunarDistance: target && sometimes(0.5, () => between(5, 120)),
    maxLunarPhase: sometimes(0.3, () => random()),
    order: 'soonest',
    limit: 200,
  } as const
  return { site, question, reservations, rules: rules ?? {}, now }
}

const LIMITS = { none: 90, civil: -6, nautical: -12, astronomical: -18 }

/** Pickering's formula, as published. */
const airmass = (altitude: number) => 1 / Math.sin(((altitude + 244 / (165 + 47 * altitude ** 1.1)) * Math.PI) / 180)

const altitudeOf = (site: Site, target: Target) =>
  'body' in target ? (at: number) => bodyByEngine(site, target.body)(at).altitude : altitudeByRotation(site, target)

function moonSeparationOf(site: Site, target: Target) {
  if (!('body' in target)) return separationByEngine(site, Body.Moon, target)
  const [moon, body] = [bodyByEngine(site, Body.Moon), bodyByEngine(site, target.body)]
  return (at: number) => AngleBetween(moon(at).vec, body(at).vec)
}

/** Whether an instant qualifies by astronomy-engine's own functions: surely, not at all, or nearly. */
function verdictOf({ site, question, rules }: Case): (at: number) => 'yes' | 'no' | 'nearly' {
  const { target, minLunarDistance, maxLunarPhase } = question
  const sunLimit = Math.min(LIMITS[question.darkness], LIMITS[rules.darkness ?? 'none'])
  const sun = bodyByEngine(site, Body.Sun)
  const moon = bodyByEngine(site, Body.Moon)
  const altitudeAt = target && altitudeOf(site, target)
  const separationAt = target && moonSeparationOf(site, target)
  return (at) => {
    const margins = [() => (sunLimit === 90 ? 90 : sunLimit - sun(at).altitude)]
    if (altitudeAt) {
      const altitude = altitudeAt(at)
      margins.push(
        () => altitude - (site.horizon ?? 0),
        () => (altitude < 0 ? -1 : (question.maxAirmass - airmass(altitude)) * Math.max(1, altitude / 5)),
        () => (site.zenithBlindSpot === undefined ? 90 : 90 - site.zenithBlindSpot - altitude),
      )
    }
    const moonIsHarmless = () => {
      const { altitude, vec } = moon(at)
      const semidiameter = (Math.asin(1738.1 / (vec.Length() * KM_PER_AU)) * 180) / Math.PI
      return -(altitude + semidiameter + 34 / 60)
    }
    if (separationAt && minLunarDistance !== undefined)
      margins.push(() => Math.max(moonIsHarmless(), separationAt(at) - minLunarDistance))
    if (maxLunarPhase !== undefined)
      margins.push(() =>
        Math.max(moonIsHarmless(), (maxLunarPhase - Illumination(Body.Moon, timeOf(at)).phase_fraction) * 50),
      )
    let verdict: 'yes' | 'nearly' = 'yes'
    for (const marginOf of margins) {
      const margin = marginOf()
      if (margin < -SLACK) return 'no'
      if (margin < SLACK) verdict = 'nearly'
    }
    return verdict
  }
}

/** The time that rules and reservations leave, cut at each local noon. */
function leftByCalendar({ site, question, reservations, rules, now }: Case): Interval[] {
  const { during, length } = question
  const window = {
    start: Math.max(during.start, now + (rules.notice ?? 0)),
    end: Math.min(during.end, rules.horizon === undefined ? Infinity : now + rules.horizon + length),
  }
  const longest = Math.max(rules.lengths?.realtime?.longest ?? Infinity, rules.lengths?.project?.longest ?? Infinity)
  if (length > longest || window.start >= window.end) return []
  const noons: number[] = []
  for (let n = -2; n < 6; n += 1) {
    const date = Temporal.Instant.fromEpochMilliseconds((during.start + n * 24 * HOUR) * 1000)
      .toZonedDateTimeISO(site.timeZone)
      .toPlainDate()
    noons.push(date.toZonedDateTime({ timeZone: site.timeZone, plainTime: '12:00' }).epochMilliseconds / 1000)
  }
  const edges = [...new Set(noons)].filter((noon) => noon > window.start && noon < window.end).toSorted((a, b) => a - b)
  const nights = [window.start, ...edges].map((start, n) => ({ start, end: edges[n] ?? window.end }))
  return nights.flatMap((night) => subtractIntervals(night, reservations))
}

/** The runs of instants of an interval with one of some verdicts. */
function runsOf({ start, end }: Interval, verdicts: readonly string[], verdictAt: (at: number) => string): Interval[] {
  const runs: Interval[] = []
  for (let at = start; at < end; at += STEP)
    if (verdicts.includes(verdictAt(at))) runs.push({ start: at, end: Math.min(end, at + STEP) })
  return mergeIntervals(runs)
}

it(`agrees with astronomy-engine in ${RUNS} random cases`, { timeout: RUNS * 5_000 }, async () => {
  let [given, longEnough] = [0, 0]
  for (let run = 0; run < RUNS; run += 1) {
    const one = randomCase()
    const { site, question, reservations, now } = one
    const store = memoryStore()
    await changing(
      store,
      reservations.map((after) => ({ after })),
    )
    const context = worldOf(store, { sites: new Map([[site.code, site]]), now: () => now })
    const { offers, hasMore, reasons } = await findAvailability(question, anonymous, context)
    await store.close()
    const about = `run ${run}: ${JSON.stringify({ site, question, now, offers: offers.map(({ start, end }) => [start, end]) })}`
    const known = new Map<number, string>()
    const verdictOfCase = verdictOf(one)
    const verdictAt = (at: number) => {
      const verdict = known.get(at) ?? verdictOfCase(at)
      known.set(at, verdict)
      return verdict
    }
    const left = leftByCalendar(one)
    for (const offer of offers) {
      expect(offer.end - offer.start, about).toBeGreaterThanOrEqual(question.length)
      // In time that is free, to the second, and in one night.
      expect(
        left.filter(({ start, end }) => start <= offer.start && offer.end <= end),
        about,
      ).toHaveLength(1)
      // Nowhere in it does anything fail.
      expect(runsOf(offer, ['no'], verdictAt), about).toEqual([])
    }
    for (const part of left)
      for (const run of runsOf(part, ['yes'], verdictAt)) {
        const core = { start: run.start + TOLERANCE, end: run.end - TOLERANCE }
        if (core.end - core.start < question.length) continue
        longEnough += 1
        expect(
          offers.some(({ start, end }) => start <= core.start && core.end <= end),
          `${about} lacks ${JSON.stringify(core)}`,
        ).toBe(true)
      }
    expect(hasMore).toBe(false)
    expect(reasons.size, about).toBe(offers.length > 0 ? 0 : 1)
    given += offers.length
  }
  expect(given).toBeGreaterThan(RUNS / 2)
  expect(longEnough).toBeGreaterThan(RUNS / 2)
})
