import * as z from 'zod'
import { DARKNESS_RULES } from '../domain/rules.ts'
import { MAX_DURATION } from '../domain/reservation.ts'
import { MINUTE } from '../domain/interval.ts'

const MAX_LENGTH = MAX_DURATION / MINUTE
const length = z.int().min(1).max(MAX_LENGTH)

const lengths = z.strictObject({
  shortest_minutes: length.optional(),
  longest_minutes: length.optional(),
  allowed_minutes: z.array(length).min(1).max(100).optional().meta({ description: 'The only lengths.' }),
})

/** No rule is about more than ten years. */
const MAX_DAYS = 3660
const notice = z
  .int()
  .min(0)
  .max(MAX_DAYS * 24 * 60)
const hours = (max: number) => z.number().positive().max(max)

/** The rules of a site or of the network, in a sites file and in responses. */
export const rules = z
  .strictObject({
    lengths: z.strictObject({ realtime: lengths.optional(), project: lengths.optional() }).optional(),
    horizon_days: z.number().positive().max(MAX_DAYS).optional(),
    notice_minutes: notice.optional(),
    cancel_notice_minutes: notice.optional(),
    darkness: z.enum(['none', ...DARKNESS_RULES], `must be one of none, ${DARKNESS_RULES.join(', ')}`).optional(),
    hours_per_night: hours(7 * 24).optional(),
    hours_per_7_nights: hours(14 * 24).optional(),
    upcoming: z.int().min(1).max(1000).optional(),
    one_at_a_time: z.boolean().optional(),
  })
  .meta({ id: 'Rules', description: 'What observers are allowed. What is missing is not limited.' })
export type WireRules = z.output<typeof rules>
