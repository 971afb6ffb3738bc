import type { DomainCalendar } from '../client/domain/calendar.ts'
import { DAY, type Instant, type Interval } from '../domain/interval.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import { assertKnown } from './ask-calendar.ts'

/** What is asked about some nights, and the calendar that is asked. */
export interface NightsQuery {
  readonly address: string
  /** All sites of the calendar if there is none. */
  readonly sites: readonly SiteCode[]
  readonly nights: number
  readonly now: Instant
}

/** The telescopes of the calendar, and those and the time that are asked about. @throws CliError `usage` */
export async function askedNights(
  calendar: DomainCalendar,
  { sites, nights, now }: NightsQuery,
): Promise<{ known: readonly Site[]; sites: readonly SiteCode[]; during: Interval }> {
  const known = await calendar.sites()
  assertKnown(sites, known)
  return {
    known,
    sites: sites.length > 0 ? sites : known.map(({ code }) => code),
    during: { start: now, end: now + Math.round(nights * DAY) },
  }
}
