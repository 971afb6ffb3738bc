import * as z from 'zod'
import { DAY, HOUR, MINUTE } from '../domain/interval.ts'
import { MAX_SERIES_ID_LENGTH, MAX_SERIES_MINUTES, MAX_SERIES_STEP } from '../domain/series.ts'
import { EVENING_MOMENTS, type StartRule } from '../domain/start-rule.ts'
import { changeShape, eventShape, textUpTo } from './event-input.ts'
import { parseTime } from './time.ts'

/** Whether a text is a date `YYYY-MM-DD` of the years 1 to 9998. */
export const isNightDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && text > '0001' && text < '9999' && parseTime(`${text}T00:00Z`) !== undefined

/** The date of a night's evening. */
const nightDate = z
  .string()
  .refine(isNightDate, 'must be a date such as 2030-03-14')
  .meta({ format: 'date', description: "A night, named by its evening's date.", examples: ['2030-03-14'] })

const seriesId = textUpTo(MAX_SERIES_ID_LENGTH).meta({ examples: ['m31-on-thursdays'] })

/** A whole number between two others, both included. */
function whole(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`
  return z.int(message).min(min, message).max(max, message)
}

const repeated = z.object({
  every: whole(1, MAX_SERIES_STEP).meta({ description: 'Days from one night to the next.' }),
  count: whole(1, 10_000).meta({ description: 'At most `max_series` of `config`.' }),
})

/** The nights of a series: at regular distances from the first, or a list of dates. */
const seriesNights = z.union([repeated, z.array(nightDate).min(1, 'must not be empty')], {
  error: `must be an object with every (1 to ${MAX_SERIES_STEP}) and count, or a list of dates`,
})

/** The dates of the nights that are asked for, in order. @param first undefined for a list of dates */
export function datesOf(nights: z.output<typeof seriesNights>, first: string | undefined): string[] {
  if (Array.isArray(nights)) return nights.toSorted()
  const from = Date.parse(first ?? '')
  return Array.from({ length: nights.count }, (_, n) =>
    new Date(from + n * nights.every * DAY * 1000).toISOString().slice(0, 10),
  )
}

const CLOCK = /^(?:[01]\d|2[0-3]):[0-5]\d$/
const SIDEREAL = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/

const SIDEREAL_RANGE = 'must be hours from 0 up to 24, or a text such as 05:30'

const siderealTime = z.union([
  z.number().min(0, SIDEREAL_RANGE).lt(24, SIDEREAL_RANGE),
  z
    .string()
    .regex(SIDEREAL, SIDEREAL_RANGE)
    .transform((text) => {
      const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number)
      return (hours * HOUR + minutes * MINUTE + seconds) / HOUR
    }),
])

const START =
  'must be {clock: "22:15"}, {after: "dark", minutes: 30} or {sidereal: "05:30"}, after one of ' +
  EVENING_MOMENTS.join(', ')

/** When the reservation of each night starts. */
const startRule = z
  .union(
    [
      z.strictObject({ clock: z.string().regex(CLOCK, 'must be a time such as 22:15') }),
      z.strictObject({
        after: z.enum(EVENING_MOMENTS),
        minutes: whole(-720, 1440).default(0),
      }),
      z.strictObject({ sidereal: siderealTime }),
    ],
    { error: START },
  )
  .meta({
    description:
      "By the site's clocks; minutes after a moment of the evening (or before it, if negative); or by local sidereal time.",
  }) satisfies z.ZodType<StartRule>

const seriesMinutes = whole(1, MAX_SERIES_MINUTES)

const dryRun = z
  .boolean('must be true or false')
  .nullish()
  .meta({ description: 'The same response, and nothing is changed.' })

/** A series as clients send it: an event without id and interval, and the nights. */
export const seriesShape = eventShape.omit({ event_id: true, start: true, end: true, site: true }).extend({
  series_id: seriesId,
  site: eventShape.shape.site,
  first_night: nightDate.nullish().meta({ description: 'Required, unless `nights` is a list.' }),
  nights: seriesNights,
  start: startRule,
  minutes: seriesMinutes,
  on_conflict: z
    .enum(['refuse', 'skip'], 'must be one of refuse, skip')
    .nullish()
    .meta({ description: 'Whether one refused night refuses all (the default), or is left out.' }),
  dry_run: dryRun,
})

/** The changes of a series as clients send them. */
export const seriesChangeShape = changeShape.omit({ start: true, end: true }).extend({
  series_id: seriesId,
  from_night: nightDate,
  creator_id: eventShape.shape.creator_id.meta({ description: 'The observer of the series. Default: the caller.' }),
  start: startRule.nullish(),
  minutes: seriesMinutes.nullish(),
  dry_run: dryRun,
})
