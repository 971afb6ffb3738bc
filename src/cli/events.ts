import type { DomainCalendar } from '../client/domain/calendar.ts'
import { type Instant, type Interval, overlaps } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Reservation } from '../domain/reservation.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import { printable } from '../domain/text.ts'
import { isDate, nightAfter, nightAt, nightInterval } from '../sky/zone.ts'
import { eventOf } from '../wire/event.ts'
import { writeTime } from '../wire/time.ts'
import { askCalendar, assertNoneMistyped } from './ask-calendar.ts'
import { CliError } from './cli-error.ts'
import type { CommandResult } from './outcome.ts'
import { clockTimes, datedTimes, instantFrom, siteOf, UTC } from './site-times.ts'
import { fitted, textTable } from './text-table.ts'

export interface EventsArguments {
  readonly address: string
  readonly hasToken: boolean
  readonly sites: readonly SiteCode[]
  /** A night's date, or an instant in the first night; now by default. */
  readonly from: string | undefined
  /** A whole number. */
  readonly nights: number
  /** Only the caller's own. */
  readonly isMine: boolean
  readonly now: Instant
  /** The characters in a line; Infinity for what is no terminal. */
  readonly columns: number
}

/** The reservations of one night at a site. */
interface NightList {
  readonly code: SiteCode
  /** Undefined if the position of the site is not known: its nights are then from noon to noon in UTC. */
  readonly site: Site | undefined
  readonly date: string
  readonly during: Interval
  readonly reservations: readonly Reservation[]
}

/** The reservations of some nights at telescopes. @throws CliError */
export async function events(calendar: DomainCalendar, asked: EventsArguments): Promise<CommandResult> {
  const { address, sites: codes, nights } = asked
  if (!(Number.isInteger(nights) && nights >= 1 && nights <= 31))
    throw new CliError('usage', '--nights takes a whole number from 1 to 31.')
  return askCalendar(address, async () => {
    const [sites, observer] = await Promise.all([
      calendar.sites(),
      asked.isMine ? callerOf(calendar, asked) : undefined,
    ])
    assertNoneMistyped(codes, sites)
    const lists = await Promise.all(
      [...new Set(codes)].map((code) => listsOf(calendar, { code, site: siteOf(code, sites) }, asked)),
    )
    const shown = lists.flat().map((list) => ({ ...list, reservations: list.reservations.filter(isOf(observer)) }))
    return {
      report: { at: address, nights: shown.map(reportOf) },
      text: shown.map((list) => textOf(list, asked.columns)).join('\n'),
    }
  })
}

const isOf = (observer: string | undefined) => (one: Reservation) => observer === undefined || one.observer === observer

async function callerOf(calendar: DomainCalendar, { address, hasToken }: EventsArguments): Promise<string> {
  const { id } = await calendar.me()
  if (id !== undefined) return id
  if (hasToken) throw new CliError('refused', `${address} does not accept the token; sign-in prints a new one.`)
  throw new CliError('usage', '--mine needs a token: CALENDAR_TOKEN or --token gives it.')
}

async function listsOf(
  calendar: DomainCalendar,
  { code, site }: Pick<NightList, 'code' | 'site'>,
  { from, nights, now }: EventsArguments,
): Promise<NightList[]> {
  const first = firstNight(site ?? { ...NOWHERE, code }, from, now)
  const intervals = Array.from({ length: nights }, (_, n) => nightAfter(first, n)).map((night) => ({
    date: night.date,
    during: nightInterval(night),
  }))
  const all = { start: intervals[0]?.during.start ?? now, end: intervals.at(-1)?.during.end ?? now }
  const found = await calendar.reservations([code], all)
  return intervals.map(({ date, during }) => ({
    code,
    site,
    date,
    during,
    reservations: found.filter((one) => overlaps(one, during)),
  }))
}

const NOWHERE = { name: '', latitude: 0, longitude: 0, elevation: 0, timeZone: 'UTC', enclosure: '' }

const NO_NIGHT =
  'is not a night: write its date as 2030-06-19, or a time in it as 2030-06-20T04:15Z or "2030-06-19 22:15".'

const firstNight = (site: Site, from: string | undefined, now: Instant): Night =>
  from !== undefined && isDate(from)
    ? { site, date: from }
    : nightAt(site, from === undefined ? now : instantFrom(from, site, NO_NIGHT))

const reportOf = ({ code, date, during, reservations }: NightList) => ({
  site: code,
  night: date,
  start: writeTime(during.start),
  end: writeTime(during.end),
  events: reservations.map(eventOf),
})

const HEADINGS = ['UTC', 'observer', 'title', 'project', 'kind', 'id']

/** What a narrow terminal can do without, the first first. */
const DISPENSABLE = ['UTC', 'project', 'kind', 'observer']

function textOf(list: NightList, columns: number): string {
  const { code, site, date, reservations } = list
  const heading = `${code}, night of ${date}${site ? '' : ' in UTC, since its position is not known'}`
  if (reservations.length === 0) return `${heading}: no reservations\n`
  const rows = reservations.map((one) => rowOf(one, list))
  const table = [[...(site ? ['there'] : []), ...HEADINGS], ...rows]
  return `${heading}\n${textTable(fitted(table, columns, site ? DISPENSABLE : DISPENSABLE.slice(1)), new Set())}`
}

/** The widest cell of a text that people have written. */
const MAX_CELL = 40

function rowOf(one: Reservation, { code, site, during }: NightList): string[] {
  const isWithin = one.start >= during.start && one.end <= during.end
  const timesAt = (clock: Pick<Site, 'timeZone'>) => (isWithin ? clockTimes : datedTimes)(one, clock)
  const cell = (text: string) => printable(text, MAX_CELL)
  return [
    ...(site ? [timesAt(site)] : []),
    timesAt(UTC),
    cell(one.creator),
    cell(one.title),
    cell(one.project?.name ?? '-'),
    one.site === code ? one.kind : `${one.kind}: ${one.site} is closed`,
    printable(one.id, 128),
  ]
}
