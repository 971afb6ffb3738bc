import { telescopesIn } from '../domain/enclosure.ts'
import { Failure } from '../domain/failure.ts'
import type { Instant } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Reservation } from '../domain/reservation.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import type { StartRule } from '../domain/start-rule.ts'
import { startInNight } from '../sky/start-in-night.ts'
import { twilight } from '../sky/sun.ts'
import { isNight, nightAt } from '../sky/zone.ts'
import type { ServiceContext } from './context.ts'
import { ruleContextOf } from './rules.ts'

/** @throws Failure `malformed` for more nights than the store can change at once */
export function assertSeriesFits(nights: number, { store }: ServiceContext): void {
  if (nights <= store.maxSeries) return
  const message = `a series has at most ${store.maxSeries} nights`
  throw new Failure('malformed', `Error: ${message}`, [{ field: 'nights', message }])
}

/** The site whose nights are those at a code: for an enclosure one of its telescopes; undefined if its position is not known. */
const siteOf = (code: SiteCode, { sites }: ServiceContext): Site | undefined =>
  sites.get(code) ?? sites.get(telescopesIn(code, sites)[0] ?? '')

/** The site whose nights are those at a code. @throws Failure `malformed` if its position is not known */
export function siteForNights(code: SiteCode, context: ServiceContext): Site {
  const site = siteOf(code, context)
  if (site) return site
  const message = `the position of ${code} is not known, so it has no nights`
  throw new Failure('malformed', `Error: ${message}`, [{ field: 'site', message }])
}

/** The date of the night in which a reservation starts. */
export function nightOf({ site, start }: Reservation, context: ServiceContext): string {
  const known = siteOf(site, context)
  return known ? nightAt(known, start).date : ruleContextOf(context).nightOf(site, start).date
}

/** When a rule starts a reservation in a night, or why it does not. Leaves the twilight of the night computed, for the rules. */
export function startOf(night: Night, rule: StartRule): Instant | 'no_such_night' | 'no_such_time' {
  if (!isNight(night)) return 'no_such_night'
  twilight(night)
  return startInNight(night, rule) ?? 'no_such_time'
}
