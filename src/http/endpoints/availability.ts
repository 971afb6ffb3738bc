import * as z from 'zod'
import { MINUTE, durationOf } from '../../domain/interval.ts'
import { type Availability, findAvailability, type Offer, ORDERS } from '../../service/availability.ts'
import { inTurn } from '../../service/planning.ts'
import { targetOf } from '../../service/targets.ts'
import { eventId, time } from '../../wire/event-input.ts'
import { type Responses, type WireOffer, responses } from '../../wire/responses.ts'
import { writeInterval } from '../../wire/time.ts'
import { defineEndpoint, requiring } from '../endpoint.ts'
import {
  darkness,
  maxAirmass,
  maxSites,
  missingSite,
  numberBetween,
  orDefault,
  placesAndTime,
  rounded,
  siteOrSites,
  target,
} from './planning.ts'

/** The longest night: the clocks go back in it. */
const MAX_MINUTES = 25 * 60
/** The most intervals in one answer. */
const MAX_INTERVALS = 200

const wholeNumber = (min: number, max: number) =>
  numberBetween(min, max).refine(Number.isInteger, 'must be a whole number')

const EXAMPLE = {
  input: {
    site: 'saf',
    start: '2030-11-20T19:00:00Z',
    end: '2030-11-21T19:00:00Z',
    minutes: 45,
    target: 'M 31',
    min_lunar_distance: 40,
  },
  answer: {
    intervals: [
      {
        site: 'saf',
        start: '2030-11-21T01:22:40Z',
        end: '2030-11-21T09:03:23Z',
        minutes: 460,
        night: '2030-11-20',
        airmass: { start: 1.14, end: 2, least: 1.01 },
        best: { start: '2030-11-21T03:24:38Z', end: '2030-11-21T04:09:38Z', airmass: 1.01, score: 1.006 },
        moon: { up: false, illumination: 0.222, altitude: -59, separation: 143.4 },
      },
    ],
    more: false,
    reasons: {},
  },
}

export const availability = defineEndpoint({
  name: 'availability',
  kind: 'read',
  access: 'anyone',
  summary: 'When a reservation can be made, and a target observed',
  description:
    'The intervals of at least `minutes` within `[start, end)`, from now on, that overlap no reservation and no closure, keep ' +
    "the site's rules, and meet the constraints. Each is as long as it can be, within one night (noon to noon). At most 100 " +
    'sites and 31 nights; 10 and 14 without signing in. The first `limit` are returned, the soonest ones or the best; `more` ' +
    'says whether there are others. `ignore` is one of your own reservations, whose time counts as free. A site without any ' +
    'interval has `reasons`. Constraints, formulas and the score of `best`: docs/planning.md.',
  input: requiring(
    z.looseObject({
      ...siteOrSites,
      start: time,
      end: time,
      minutes: wholeNumber(1, MAX_MINUTES),
      darkness,
      target: target.nullish(),
      max_airmass: maxAirmass,
      min_lunar_distance: numberBetween(0, 180)
        .nullish()
        .meta({ description: 'The least angle between the target and a Moon above the horizon, degrees.' }),
      max_lunar_phase: numberBetween(0, 1)
        .nullish()
        .meta({ description: 'The greatest illumination of a Moon above the horizon.' }),
      order: orDefault(z.enum(ORDERS, `must be one of ${ORDERS.join(', ')}`), 'soonest'),
      limit: orDefault(wholeNumber(1, MAX_INTERVALS), MAX_INTERVALS),
      ignore: eventId.nullish().meta({ description: 'The `event_id` of one of your reservations.' }),
    }),
    (body) => [
      ...missingSite(body),
      ...((body.min_lunar_distance ?? undefined) === undefined ? [] : ['target' as const]),
    ],
  ),
  output: responses.availability,
  maxEntries: maxSites,
  errors: [400, 429],
  example: EXAMPLE,
  async handle(input, call) {
    const named = input.target ? targetOf(input.target) : undefined
    const query = {
      ...placesAndTime(input, call),
      target: named?.target,
      length: input.minutes * MINUTE,
      darkness: input.darkness,
      maxAirmass: input.max_airmass,
      minLunarDistance: input.min_lunar_distance ?? undefined,
      maxLunarPhase: input.max_lunar_phase ?? undefined,
      order: input.order,
      limit: input.limit,
      ignore: input.ignore ?? undefined,
    }
    return { value: availabilityToWire(await inTurn(() => findAvailability(query, call.actor, call.context))) }
  },
})

const availabilityToWire = ({ offers, hasMore, reasons }: Availability): Responses['availability'] => ({
  intervals: offers.map(offerToWire),
  more: hasMore,
  reasons: Object.fromEntries([...reasons].map(([site, codes]) => [site, [...codes]])),
})

function offerToWire({ night, airmasses, best, airmass, score, moon, isMoonUp, ...offer }: Offer): WireOffer {
  const { illumination, altitude, separation } = moon
  return {
    site: night.site.code,
    ...writeInterval(offer),
    minutes: Math.floor(durationOf(offer) / MINUTE),
    night: night.date,
    ...(airmasses && {
      airmass: {
        start: hundredths(airmasses.start),
        end: hundredths(airmasses.end),
        least: hundredths(airmasses.least),
      },
    }),
    best: {
      ...writeInterval(best),
      ...(airmass !== undefined && { airmass: hundredths(airmass) }),
      score: rounded(score, 1000),
    },
    moon: {
      up: isMoonUp,
      illumination: rounded(illumination, 1000),
      altitude: rounded(altitude, 10),
      ...(separation !== undefined && { separation: rounded(separation, 10) }),
    },
  }
}

const hundredths = (value: number) => rounded(value, 100)
