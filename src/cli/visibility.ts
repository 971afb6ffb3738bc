import type { DomainCalendar } from '../client/domain/calendar.ts'
import type { VisibilityLimits } from '../client/domain/planning.ts'
import type { Site } from '../domain/site.ts'
import type { Responses, WireTarget, WireTargetNight } from '../wire/responses.ts'
import { instantOf, readInterval } from '../wire/time.ts'
import { askCalendar } from './ask-calendar.ts'
import { askedNights, type NightsQuery } from './asked-nights.ts'
import { isShown, legendOf, nightPicture, pictureHeading, type Terminal } from './night-picture.ts'
import type { CommandResult } from './outcome.ts'
import { clockTime, clockTimes, UTC } from './site-times.ts'
import { fitted, textTable } from './text-table.ts'

/** A question about a target, and the calendar that is asked. */
export interface VisibilityArguments extends VisibilityLimits, NightsQuery {
  readonly target: string
}

/** When a target can be observed, as a table with a picture of each night. @throws CliError */
export async function visibility(
  calendar: DomainCalendar,
  question: VisibilityArguments,
  terminal: Terminal,
): Promise<CommandResult> {
  const { address, target, nights } = question
  return askCalendar(address, async () => {
    const { known, sites, during } = await askedNights(calendar, question)
    const answer = await calendar.targetVisibility(sites, target, during, question)
    return { report: { at: address, ...answer }, text: textOf(answer, { known, nights, terminal }) }
  })
}

interface Facts {
  readonly known: readonly Site[]
  readonly nights: number
  readonly terminal: Terminal
}

const HEADINGS = ['site', 'night', 'rise', 'transit', 'set', 'there', 'UTC']

function textOf({ target, sites }: Responses['target-visibility'], { known, nights, terminal }: Facts): string {
  const rows = sites.flatMap(({ site: code, nights: all }) => {
    const site = known.find((one) => one.code === code)
    return site ? nightsToCome(all, nights).flatMap((night) => rowsOf(site, night, terminal)) : []
  })
  const table = fitted([[...HEADINGS, pictureHeading(terminal)], ...rows], terminal.columns, [
    'UTC',
    'rise',
    'set',
    pictureHeading(terminal),
  ])
  const unknown = sites.filter(({ reasons }) => reasons.includes('unknown_site'))
  return [
    `${nameOf(target, terminal)}\n\n`,
    textTable(table, new Set()),
    `\n${legendOf(table, terminal, { free: 'to be observed' })}`,
    ...unknown.map(({ site }) => `${site}: its position is not known\n`),
  ].join('')
}

/** Without a night that is over but for its morning, and without one of whose evening only the afternoon was asked about. */
function nightsToCome(all: readonly WireTargetNight[], nights: number): readonly WireTargetNight[] {
  const isOver = all[0]?.curve === null && all.length > nights
  return all.slice(isOver ? 1 : 0).slice(0, Math.ceil(nights))
}

const nameOf = ({ name, aliases, kind, ra, dec }: WireTarget, terminal: Terminal) =>
  `${[name, ...aliases.filter((alias) => isShown(alias, terminal))].join(', ')}: ${kind}, ra ${ra.toFixed(4)}, dec ${dec.toFixed(4)}`

/** A row for each interval, at least one. */
function rowsOf(
  site: Site,
  { night, rise, transit, transit_altitude, set, intervals }: WireTargetNight,
  terminal: Terminal,
) {
  const clock = (time: string | null) => (time === null ? '-' : clockTime(instantOf(time), site))
  const altitude = transit_altitude === null ? '' : ` at ${Math.round(transit_altitude)} deg`
  const times = intervals.map(readInterval)
  const picture = nightPicture({ site, date: night }, { free: times }, terminal)
  const head = [site.code, night, clock(rise), `${clock(transit)}${altitude}`, clock(set)]
  const [first, ...others] = times.map((time) => [clockTimes(time, site), clockTimes(time, UTC)])
  return [[...head, ...(first ?? ['-', '-']), picture], ...others.map((other) => [...head.map(() => ''), ...other])]
}
