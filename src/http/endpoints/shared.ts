import * as z from 'zod'
import { masked } from '../../domain/masking.ts'
import type { Instant } from '../../domain/interval.ts'
import { MAX_ID_LENGTH, type Reference, type Stored } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import { isLongerThan } from '../../domain/text.ts'
import { type AttachResult, MAX_REFERENCES } from '../../service/attach-project.ts'
import type { ServiceContext } from '../../service/context.ts'
import { withMeter } from '../../service/metered.ts'
import type { WriteResult } from '../../service/reserve.ts'
import { eventCodec, eventOf } from '../../wire/event.ts'
import { eventId, siteCode, textUpTo, time } from '../../wire/event-input.ts'
import type { Event, WriteResponse } from '../../wire/responses.ts'
import { parseTime } from '../../wire/time.ts'
import { openCharge, writesOf } from '../admission/charge.ts'
import { type Call, type EndpointResult } from '../endpoint.ts'
import { jsonList } from '../json-list.ts'
import { MAX_NAMED } from '../problem.ts'
import { EVENT, TABLE_RESPONSE } from './examples.ts'

export const override = z
  .boolean('must be true or false')
  .nullish()
  .meta({ description: 'Admins and services only: commits the change although it conflicts or breaks rules.' })

const TABLE_RESPONSE_JSON = JSON.stringify(TABLE_RESPONSE)

/**
 * The response of a write, made of the JSON that the store keeps of the event. It has `conflicts` only if some were let
 * through. If all of them cannot be sent, it has the first, and the number of the others.
 * @param field the name of the event in the response
 */
export function writeResponse<Field extends string>(
  field: Field,
  { reservation, revision, overlapping }: WriteResult,
): EndpointResult<Record<Field, Event> & WriteResponse> {
  const start = `{"${field}":${eventCodec.encode(reservation)},"table_response":${TABLE_RESPONSE_JSON}`
  if (overlapping.length === 0) return { json: `${start}}`, revision }
  const named = JSON.stringify(overlapping.slice(0, MAX_NAMED).map(conflictOf))
  if (overlapping.length <= MAX_NAMED) return { json: `${start},"conflicts":${named}}`, revision }
  return {
    json: `${start},"conflicts":${named},"conflicts_left_out":${overlapping.length - MAX_NAMED}}`,
    whole: async () =>
      Buffer.concat([Buffer.from(`${start},"conflicts":`), await jsonList(overlapping, conflictOf), Buffer.from('}')]),
    revision,
  }
}

const conflictOf = ({ reservation }: Stored) => eventOf(masked(reservation))

export const referenceOf = ({
  event_id,
  start,
}: {
  event_id: string
  start?: Instant | null | undefined
}): Reference => ({
  id: event_id,
  ...(start != null && { start }),
})

export const userId = textUpTo(256).meta({ description: "An observer's `sub`.", examples: [EVENT.creator_id] })
const CODE = '1 to 32 letters, digits, _ or -'
/** The maximum number of sites in a list. */
export const MAX_SITES = 100
const LIST = `must hold 1 to ${MAX_SITES} codes of ${CODE}`
export const sites = z.union([siteCode, z.array(siteCode).min(1, LIST).max(MAX_SITES, LIST)], {
  error: (issue) => (Array.isArray(issue.input) ? LIST : `must be ${CODE}`),
})

/** The sites of an input: its only one, or all. */
export const sitesIn = (site: z.output<typeof sites>): readonly SiteCode[] => (Array.isArray(site) ? site : [site])

export const scheduledInput = z.looseObject({ user_id: userId, site: siteCode, time })

/** The documentation of a list entry: an id, an id with its start, or a whole event. */
const ENTRY = z.toJSONSchema(z.union([eventId, z.object({ event_id: eventId, start: time.nullish() })]), {
  io: 'input',
  unrepresentable: 'any',
})

/** Parsed by hand: a union of schemas would report several problems for each of thousands of malformed entries. */
const entry = z
  .unknown()
  .transform((input, context): Reference => {
    const reference = entryReference(input)
    if (!reference)
      context.addIssue(
        'must be an event_id of 1 to 128 characters, or an object with one and, if it has a start, a time there',
      )
    return reference ?? z.NEVER
  })
  .meta({ anyOf: ENTRY.anyOf })

function entryReference(input: unknown): Reference | undefined {
  const { event_id: id, start } =
    typeof input === 'string' ? { event_id: input } : ((input ?? {}) as { event_id?: unknown; start?: unknown })
  if (typeof id !== 'string' || id === '' || isLongerThan(id, MAX_ID_LENGTH)) return undefined
  if (start === undefined || start === null) return { id }
  const instant = typeof start === 'string' ? parseTime(start) : undefined
  return instant === undefined ? undefined : { id, start: instant }
}

export const entries = z.array(entry, 'must be a list')
/** For any caller; only admins and services may attach to as many. */
export const maxEntries = { events: MAX_REFERENCES }

/**
 * Runs one of the guarded writes, and charges its changes to the quota of an anonymous caller's address. Large events count
 * more than once, by the bytes written. A call that changes nothing costs one unit, which `route.ts` has taken.
 *
 * @param maxChanges the maximum number of changes, if it is known
 * @throws Failure `rate_limited`, with nothing changed
 */
export async function chargeQuota<T>(
  call: Call,
  maxChanges: number,
  work: (context: ServiceContext) => Promise<T>,
): Promise<T> {
  const {
    actor,
    admission: { address },
    context,
    anonymousQuota,
  } = call
  if (actor.role !== 'anonymous') return work(context)
  const charged = Math.max(1, maxChanges)
  // Replaces the one unit of the call. A rejected call costs nothing.
  anonymousQuota.refund(address, 1)
  anonymousQuota.take(address, charged)
  const charge = openCharge([
    {
      quota: anonymousQuota,
      name: address,
      charged,
      unitsOf: ({ changes, bytes }) => Math.max(changes, writesOf(bytes)),
    },
  ])
  try {
    return await work(withMeter(context, charge.add))
  } finally {
    charge.settle()
  }
}

export const attachResponse = async (attached: readonly AttachResult[]) => ({
  bytes: await jsonList(attached, ({ id, status }) => ({ event_id: id, status })),
})

export const UPDATED = [{ event_id: EVENT.event_id, status: 'updated' as const }]
export const GUARDED = ' Unless signed in as an admin or a service: only what has not ended'
