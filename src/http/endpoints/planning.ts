import * as z from 'zod'
import type { Instant, Interval } from '../../domain/interval.ts'
import { DARKNESS } from '../../domain/night.ts'
import type { SiteCode } from '../../domain/site.ts'
import { assertPlannable, siteNights } from '../../service/planning.ts'
import { type NamedTarget, placeAt } from '../../service/targets.ts'
import { textUpTo } from '../../wire/event-input.ts'
import type { WireTarget } from '../../wire/responses.ts'
import type { Call } from '../endpoint.ts'
import { MAX_SITES, sites } from './shared.ts'

/** The longest name of a target, or text with coordinates. */
const MAX_TARGET_NAME = 64

/** A number in a body, digits in a query. */
export const numberBetween = (min: number, max: number) => {
  const message = `must be a number from ${min} to ${max}`
  const range = z.number().min(min, message).max(max, message)
  const digits = z
    .string()
    .regex(/^-?\d{1,9}(\.\d{1,9})?$/)
    .transform(Number)
    .pipe(range)
  return z.union([range, digits], message)
}

export const targetName = textUpTo(MAX_TARGET_NAME).meta({ examples: ['M 31', '00 42 44.3 +41 16 09'] })

const [RA, DEC] = ['must be from 0 to below 360', 'must be from -90 to 90']

/** A target as {@link targetOf} takes it. A query has its name only. */
export const target = z.union(
  [
    targetName.transform((name) => ({ name })),
    z.object({ name: targetName }),
    z.object({ ra: z.number().min(0, RA).lt(360, RA), dec: z.number().min(-90, DEC).max(90, DEC) }),
  ],
  'must be a name or coordinates, {name}, or {ra, dec} in degrees',
)

/** An optional field with a default, for which `null` stands too. */
export const orDefault = <T extends z.ZodType<string | number>>(schema: T, value: z.output<T>) =>
  schema
    .nullable()
    .default(value as never)
    .transform((given) => given ?? value)

export const darkness = orDefault(z.enum(DARKNESS, `must be one of ${DARKNESS.join(', ')}`), 'astronomical').meta({
  description: 'The Sun is below -6° (civil), -12° (nautical) or -18° (astronomical); `none` is at any time.',
})

export const maxAirmass = orDefault(numberBetween(1, 40), 2).meta({
  description: 'The greatest airmass of the target.',
})

/** `site` and `sites` are the same: one code or a list. */
export const siteOrSites = { site: sites.nullish(), sites: sites.nullish() }
export const maxSites = { site: MAX_SITES, sites: MAX_SITES }

/** For {@link requiring}: one of the two. */
export const missingSite = ({ site, sites: several }: { site?: unknown; sites?: unknown }): 'site'[] =>
  (site ?? several ?? undefined) === undefined ? ['site'] : []

/**
 * The sites of a question, each once, and its time. Checks its size, and counts it where the caller has not signed in.
 * @throws Failure `malformed`, `rate_limited`
 */
export function placesAndTime(
  { site, sites: several, start, end }: Interval & { site?: OneOrMore; sites?: OneOrMore },
  { actor, planningQuota, admission }: Pick<Call, 'actor' | 'planningQuota' | 'admission'>,
): { sites: SiteCode[]; during: Interval } {
  const question = { sites: [...new Set([site ?? several ?? []].flat())], during: { start, end } }
  assertPlannable(question.sites, question.during, actor)
  if (actor.role === 'anonymous') planningQuota.take(admission.address, siteNights(question.sites, question.during))
  return question
}

type OneOrMore = SiteCode | SiteCode[] | null | undefined

/** A number to so many parts of one. */
export const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts

/** Degrees to 0.04 arc seconds. */
const toDegrees = (value: number) => rounded(value, 1e5)

/** A target on the wire. What moves is where it is at an instant. */
export function targetToWire({ name, aliases, kind, target: place }: NamedTarget, at: Instant): WireTarget {
  const { ra, dec } = placeAt(place, at)
  return { name, aliases: [...aliases], kind, ra: toDegrees(ra) % 360, dec: toDegrees(dec) }
}
