import { CliError } from '../cli/cli-error.ts'
import { free } from '../cli/free.ts'
import { rules } from '../cli/rules.ts'
import { visibility } from '../cli/visibility.ts'
import type { VisibilityLimits } from '../client/domain/planning.ts'
import type { Action } from './actions.ts'
import { calendarOf } from './asked-calendar.ts'
import { numberOf } from './number-option.ts'
import { terminalOf } from './terminal.ts'
import { now } from './wiring.ts'

/** The options as Commander has them. */
type Options = Readonly<Record<string, string | undefined>>

export const freeAction: Action = async ({ args: sites, options: given }, io) => {
  const options = given as Options
  const { calendar, address } = await calendarOf(options, io)
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
  const { calendar, address } = await calendarOf(options, io)
  const question = { ...limitsOf(options), ...whenOf(options), address, sites, target }
  return visibility(calendar, question, terminalOf(io))
}

export const rulesAction: Action = async ({ args: [site = ''], options }, io) => {
  const { calendar, address } = await calendarOf(options, io)
  return rules(calendar, address, site)
}

/** @throws CliError `usage` */
function whenOf(options: Options) {
  const nights = numberOf('--nights', options['nights']) ?? NaN
  if (nights <= 0) throw new CliError('usage', '--nights takes a number above 0.')
  return { nights, now: now() }
}

/** The calendar decides whether a darkness is one. */
const limitsOf = (options: Options): VisibilityLimits => ({
  maxAirmass: numberOf('--max-airmass', options['maxAirmass']),
  darkness: options['darkness'] as VisibilityLimits['darkness'],
})
