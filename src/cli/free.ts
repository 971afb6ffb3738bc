import type { DomainCalendar } from '../client/domain/calendar.ts'
import type { AvailabilityOptions } from '../client/domain/planning.ts'
import type { Reason } from '../domain/availability.ts'
import type { Reservation } from '../domain/reservation.ts'
import type { Site } from '../domain/site.ts'
import { nightAt } from '../sky/zone.ts'
import type { Responses, WireOffer } from '../wire/responses.ts'
import { instantOf, readInterval } from '../wire/time.ts'
import { askCalendar } from './ask-calendar.ts'
import { askedNights, type NightsQuery } from './asked-nights.ts'
import { legendOf, nightPicture, pictureHeading, type Terminal } from './night-picture.ts'
import type { CommandResult } from './outcome.ts'
import { clockTimes, UTC } from './site-times.ts'
import { plural } from '../domain/text.ts'
import { fitted, textTable } from './text-table.ts'

/** A question about free time, and the calendar that is asked. */
export interface FreeArguments extends AvailabilityOptions, NightsQuery {
  readonly minutes: number
}

type Availability = Responses['availability']

/** When telescopes are free, as a table with a picture of each night. @throws CliError */
export async function free(
  calendar: DomainCalendar,
  question: FreeArguments,
  terminal: Terminal,
): Promise<CommandResult> {
  const { address, minutes } = question
  return askCalendar(address, async () => {
    const { known, sites, during } = await askedNights(calendar, question)
    const answer = await calendar.availability(sites, during, minutes, question)
    const shown = [...new Set(answer.intervals.map(({ site }) => site))]
    const taken = shown.length > 0 ? await calendar.reservations(shown, during) : []
    return { report: { at: address, ...answer }, text: textOf(answer, { known, taken, minutes, terminal }) }
  })
}

interface Facts {
  readonly known: readonly Site[]
  readonly taken: readonly Reservation[]
  readonly minutes: number
  readonly terminal: Terminal
}

const HEADINGS = ['site', 'night', 'there', 'UTC', 'minutes', 'airmass', 'Moon']

function textOf({ intervals, more, reasons }: Availability, facts: Facts): string {
  const why = Object.entries(reasons).map(
    ([site, codes]) => `${site}: ${codes.map((code) => REASONS[code]).join(', ')}\n`,
  )
  if (intervals.length === 0) return `Nothing is free for ${plural(facts.minutes, 'minute')}.\n${why.join('')}`
  const { terminal } = facts
  const rows = [[...HEADINGS, pictureHeading(terminal)], ...intervals.map((offer) => rowOf(offer, intervals, facts))]
  const unneeded = intervals.some(({ airmass }) => airmass) ? [] : ['airmass']
  const table = fitted(rows, terminal.columns, [...unneeded, 'UTC', 'minutes', pictureHeading(terminal)])
  const right = new Set([table[0]?.indexOf('minutes') ?? -1])
  const legend = legendOf(table, terminal, { free: 'free', taken: 'taken' })
  const others = more ? ['There are more; --limit shows up to 200.\n'] : []
  return [textTable(table, right), '\n', legend, ...others, ...why].join('')
}

function rowOf(offer: WireOffer, all: readonly WireOffer[], { known, taken, terminal }: Facts): string[] {
  const site = known.find(({ code }) => code === offer.site)
  if (!site) return [offer.site]
  const ofNight = all.filter((one) => one.site === offer.site && one.night === offer.night).map(readInterval)
  const takenHere = taken.filter(
    (one) => one.site === site.code || one.resource === site.code || one.site === site.wema,
  )
  const { airmass, moon } = offer
  return [
    offer.site,
    offer.night,
    clockTimes(readInterval(offer), site),
    clockTimes(readInterval(offer), UTC),
    String(offer.minutes),
    airmass ? `${airmass.least.toFixed(2)}-${Math.max(airmass.start, airmass.end).toFixed(2)}` : '',
    `${Math.round(moon.illumination * 100)}% ${moon.up ? moonText(moon) : 'down'}`,
    nightPicture(nightAt(site, instantOf(offer.start)), { free: ofNight, taken: takenHere }, terminal),
  ]
}

const moonText = ({ separation }: WireOffer['moon']) =>
  separation === undefined ? 'up' : `${Math.round(separation)} deg`

const REASONS: Readonly<Record<Reason, string>> = {
  taken: 'taken',
  closed: 'closed',
  not_dark: 'not dark',
  target_low: 'the target is too low',
  moon: 'the Moon is too near or too bright',
  rules: 'not allowed by the rules',
  unknown_site: 'its position is not known',
}
