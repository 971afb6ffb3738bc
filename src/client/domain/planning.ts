import type { Instant, Interval } from '../../domain/interval.ts'
import type { Darkness } from '../../domain/night.ts'
import type { Reservation, ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { Responses, WireSiteRules, WireTarget, WireVerdict } from '../../wire/responses.ts'
import { writeInterval, writeTime } from '../../wire/time.ts'
import { type ReservationInput, fieldsOf } from './event.ts'
import type { TypedTransport } from './transport.ts'

/** What `targetVisibility` asks of airmass and darkness: at most 2, and astronomical darkness by default. */
export interface VisibilityLimits {
  readonly maxAirmass?: number | undefined
  readonly darkness?: Darkness | undefined
}

/** What `availability` asks in addition. The target is a name or coordinates. */
export interface AvailabilityOptions extends VisibilityLimits {
  readonly target?: string | undefined
  /** Degrees. */
  readonly minLunarDistance?: number | undefined
  /** From 0 to 1. */
  readonly maxLunarPhase?: number | undefined
  readonly order?: 'soonest' | 'best' | undefined
  /** The largest number of intervals. */
  readonly limit?: number | undefined
  /** A reservation of the caller's own, whose time counts as free. */
  readonly ignore?: ReservationId | undefined
}

/** The functions for planning: rules, checks, targets and free time. */
export const planningBy = ({ read, write }: TypedTransport) => ({
  /** The rules at a site, and what the caller has left of each quota, in the night of an instant (now by default). */
  siteRules: (site: SiteCode, at?: Instant): Promise<WireSiteRules> =>
    read('site-rules', { site, ...given({ time: at === undefined ? undefined : writeTime(at) }) }),
  /** Whether `reserve` would be accepted, and every objection. Changes nothing. */
  checkReserve: async (id: ReservationId, input: ReservationInput): Promise<WireVerdict> =>
    (await write('check-event', { as: 'newevent', event: { event_id: id, ...fieldsOf(input) } })).value,
  /** Whether `amend` would be accepted, and every objection. Changes nothing. */
  checkAmend: async (
    { id, start }: Pick<Reservation, 'id' | 'start'>,
    changes: ReservationInput,
  ): Promise<WireVerdict> => {
    const event = { originalEvent: { event_id: id, start: writeTime(start) }, modifiedEvent: fieldsOf(changes) }
    return (await write('check-event', { as: 'modifyevent', event })).value
  },
  /** The targets of the catalogue that match a name, best first; or the one at the coordinates in `q`. */
  targets: (q: string): Promise<WireTarget[]> => read('targets', { q }),
  /** When a target, by name or coordinates, can be observed at sites, in the nights that overlap `during`. */
  async targetVisibility(
    sites: readonly SiteCode[],
    target: string,
    during: Interval,
    limits: VisibilityLimits = {},
  ): Promise<Responses['target-visibility']> {
    return read('target-visibility', { sites, target, ...writeInterval(during), ...limitsOf(limits) })
  },
  /** Where and when a reservation of some minutes can be made within `during`. */
  async availability(
    sites: readonly SiteCode[],
    during: Interval,
    minutes: number,
    options: AvailabilityOptions = {},
  ): Promise<Responses['availability']> {
    const { target, minLunarDistance, maxLunarPhase, order, limit, ignore } = options
    return read('availability', {
      sites,
      ...writeInterval(during),
      minutes: String(minutes),
      ...limitsOf(options),
      ...given({ target, min_lunar_distance: minLunarDistance, max_lunar_phase: maxLunarPhase, order, limit, ignore }),
    })
  },
})

const limitsOf = ({ maxAirmass, darkness }: VisibilityLimits) => given({ max_airmass: maxAirmass, darkness })

/** The parameters that have a value, as text. */
const given = (parameters: Readonly<Record<string, string | number | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
