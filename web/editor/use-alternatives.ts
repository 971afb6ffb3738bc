import { useMemo } from 'preact/hooks'
import { durationOf, type Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { qualityOf } from '../../src/sky/quality.ts'
import { trackOf } from '../../src/sky/track.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { findOffers, type Offer } from '../card/moves.ts'
import { nearestFirst } from '../card/nearest-first.ts'
import { useApp } from '../live/app-context.ts'
import { now } from '../live/clock.ts'
import { useDebouncedRequest } from '../live/use-request.ts'
import type { NamedTarget } from '../target/named-target.ts'

/** Milliseconds without a change of the draft after which the calendar is asked. */
const QUIET_MS = 400
/** By how much a score must be less to be better. */
const BETTER = 0.1
/** How many are offered: the soonest and the best. */
const MAX_BETTER = 2

interface Question {
  readonly site: Site
  readonly hasSky: boolean
  readonly during: Interval
  /** Whether the time cannot be had here, so that other telescopes are of interest. */
  readonly isTaken: boolean
  readonly target: NamedTarget | undefined
  /** The reservation that is changed. */
  readonly before: Reservation | undefined
  /** Whether darkness matters. */
  readonly isSky: boolean
}

/** Times that are better: for the target if there is one, else at other telescopes if the time is taken here. */
export function useAlternatives(question: Question): readonly Offer[] {
  const { site, hasSky, during, isTaken, target, before, isSky } = question
  const { calendar, sites, caller } = useApp()
  const isAnonymous = caller.id === undefined
  const isAsked = hasSky && isSky && (isTaken || target !== undefined)
  const score = useMemo(
    () => (target && hasSky ? scoreOf(site, during, target) : Infinity),
    [site, hasSky, during.start, during.end, target],
  )
  const ask = async () => {
    const all = nearestFirst([...sites.values()], site)
    const better = (offers: readonly Offer[]) => betterOf(offers, { ...question, sites, score })
    const offers = await findOffers({
      calendar,
      sites: target ? all : all.filter(({ code }) => code !== site.code),
      wanted: during,
      now: now(),
      target: target?.text,
      ignore: before,
      order: target ? 'best' : 'soonest',
      isAnonymous,
      isEnough: (found) => better(found).length === MAX_BETTER,
    })
    return better(offers)
  }
  const inputs = [
    isAsked,
    calendar,
    sites,
    site.code,
    during.start,
    during.end,
    isTaken,
    target?.text,
    before,
    isAnonymous,
  ]
  return useDebouncedRequest(isAsked ? ask : undefined, QUIET_MS, inputs) ?? NONE
}

const NONE: readonly Offer[] = []

const scoreOf = (site: Site, during: Interval, { target }: NamedTarget): number =>
  qualityOf(during, durationOf(during), nightAt(site, during.start), trackOf(site, target, during.start)).score

interface Standard extends Question {
  readonly sites: ReadonlyMap<string, Site>
  readonly score: number
}

/** Of the offers that are better than the draft the soonest and the best, not of one night at one telescope. */
function betterOf(offers: readonly Offer[], { sites, target, score, isTaken }: Standard): Offer[] {
  const seen = new Set<string>()
  const better = offers.filter((offer) => {
    const site = sites.get(offer.site)
    if (!site) return false
    const key = `${offer.site} ${nightAt(site, offer.start).date}`
    if (seen.has(key)) return false
    seen.add(key)
    return isTaken || !target || scoreOf(site, offer, target) < score - BETTER
  })
  const [soonest] = better.toSorted((a, b) => a.start - b.start)
  const [best] = better.filter((offer) => offer !== soonest)
  return [soonest, best].filter((offer) => offer !== undefined)
}
