import { CliError } from '../cli/cli-error.ts'
import { free } from '../cli/free.ts'
import { marksFor, type Terminal } from '../cli/night-picture.ts'
import { rules } from '../cli/rules.ts'
import { visibility } from '../cli/visibility.ts'
import { type DomainCalendar, domainCalendarAt, type VisibilityLimits } from '../client/domain/calendar.ts'
import { readSettings, SETTINGS, type Settings } from '../ops/settings.ts'
import type { Action } from './actions.ts'
import type { Io } from './io.ts'
import { basePath, now } from './wiring.ts'

/** The options as Commander has them. */
type Options = Readonly<Record<string, string | undefined>>

export const freeAction: Action = async ({ args: sites, options: given }, io) => {
  const options = given as Options
  const { calendar, address } = calendarOf(options, io)
  const { target, order, limit } = options
  const question = {
    ...limitsOf(options),
    ...whenOf(options),
    address,
    sites,
    target,
    minutes: numberOf('--minutes', options['minutes']) ?? NaN,
    minLunarDistance: numberOf('--min-lunar-distance', options['minLunarDistance']),
    maxLunarPhase: numberOf('--max-lunar-phase', options['maxLunarPhase']),
    limit: numberOf('--limit', limit),
    order: order as 'soonest' | 'best',
  }
  return free(calendar, question, terminalOf(io))
}

export const visibilityAction: Action = async ({ args: [target = '', ...sites], options: given }, io) => {
  const options = given as Options
  const { calendar, address } = calendarOf(options, io)
  const question = { ...limitsOf(options), ...whenOf(options), address, sites, target }
  return visibility(calendar, question, terminalOf(io))
}

export const rulesAction: Action = async ({ args: [site = ''], options }, io) => {
  const { calendar, address } = calendarOf(options as Options, io)
  return rules(calendar, address, site)
}

/** @throws CliError `usage` */
function whenOf(options: Options) {
  const nights = numberOf('--nights', options['nights']) ?? NaN
  if (nights <= 0) throw new CliError('usage', '--nights takes a number above 0.')
  return { nights, now: now() }
}

/** Only a terminal has columns. */
const terminalOf = ({ environment, out }: Io): Terminal => ({
  marks: marksFor(environment),
  columns: (out as { columns?: number }).columns || Infinity,
})

/** The calendar decides whether a darkness is one. */
const limitsOf = (options: Options): VisibilityLimits => ({
  maxAirmass: numberOf('--max-airmass', options['maxAirmass']),
  darkness: options['darkness'] as VisibilityLimits['darkness'],
})

/** @throws CliError `usage` */
function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^-?\d{1,9}(\.\d{1,9})?$/.test(text)) throw new CliError('usage', `${flag} takes a number, and ${text} is none.`)
  return Number(text)
}

/** The calendar to ask, and its address. @throws CliError `usage` */
function calendarOf({ at }: Options, { environment }: Io): { calendar: DomainCalendar; address: string } {
  const settings = readSettings(environment)
  const problem = SETTINGS.CALENDAR_URL.schema.safeParse(at).error?.issues[0]?.message
  if (problem !== undefined) throw new CliError('usage', `--at ${problem}.`)
  const base = new URL((at ?? settings.CALENDAR_URL ?? addressHere(settings)).replace(/\/*$/, '/'))
  const token = settings.CALENDAR_TOKEN
  return {
    calendar: domainCalendarAt({ base, ...(token !== undefined && { token: () => token }) }),
    address: base.href,
  }
}

/** The address of a server that runs on this machine with the same settings. */
function addressHere(settings: Settings): string {
  const { HOST, PORT } = settings
  const host = ['0.0.0.0', '::'].includes(HOST) ? '127.0.0.1' : HOST
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT}${basePath(settings)}/`
}
