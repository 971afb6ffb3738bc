import * as z from 'zod'
import type { Instant } from '../../domain/interval.ts'
import { jsonArray, writer } from '../../json-bytes.ts'
import { inTurn } from '../../service/planning.ts'
import {
  CURVE_MINUTES,
  type Curve,
  type SiteVisibility,
  type TargetNight,
  visibilityOf,
} from '../../service/target-visibility.ts'
import { targetOf } from '../../service/targets.ts'
import { time } from '../../wire/event-input.ts'
import { type WireSiteVisibility, type WireTargetNight, responses } from '../../wire/responses.ts'
import { writeInterval, writeTime } from '../../wire/time.ts'
import { defineEndpoint, requiring } from '../endpoint.ts'
import {
  darkness,
  maxAirmass,
  maxSites,
  missingSite,
  placesAndTime,
  rounded,
  siteOrSites,
  target,
  targetToWire,
} from './planning.ts'

const EXAMPLE = {
  input: { site: 'saf', target: 'M 31', start: '2030-11-21T09:00:00Z', end: '2030-11-21T09:30:00Z' },
  answer: {
    target: { name: 'M 31', aliases: ['NGC 224', 'Andromeda Galaxy'], kind: 'galaxy', ra: 10.6848, dec: 41.2691 },
    sites: [
      {
        site: 'saf',
        reasons: [],
        nights: [
          {
            night: '2030-11-20',
            rise: '2030-11-20T19:12:04Z',
            transit: '2030-11-21T03:47:08Z',
            transit_altitude: 84.1,
            set: '2030-11-21T12:22:12Z',
            intervals: [{ start: '2030-11-21T09:00:00Z', end: '2030-11-21T09:03:23Z' }],
            curve: {
              start: '2030-11-21T09:00:00Z',
              minutes: 10,
              altitude: [30.5, 28.7, 27, 25.3],
              airmass: [1.97, 2.07, 2.19, 2.33],
            },
          },
        ],
      },
    ],
  },
}

export const targetVisibility = defineEndpoint({
  name: 'target-visibility',
  kind: 'read',
  access: 'anyone',
  summary: 'When a target can be observed',
  description:
    'For each site, the nights (noon to noon) that overlap `[start, end)`: rise, transit and set of the target; and within ' +
    '`[start, end)` the intervals in which it is dark and the target within the limits of airmass and mount, and a curve. At most ' +
    '100 sites and 31 nights; 10 and 14 without signing in. A site with no interval has `reasons`: `not_dark`, `target_low` ' +
    'or `unknown_site`. Reservations do not count here. Formulas and accuracy: docs/planning.md.',
  input: requiring(
    z.looseObject({ ...siteOrSites, target, start: time, end: time, max_airmass: maxAirmass, darkness }),
    missingSite,
  ),
  output: responses['target-visibility'],
  maxEntries: maxSites,
  errors: [400, 429],
  example: EXAMPLE,
  async handle(input, call) {
    const { context } = call
    const named = targetOf(input.target)
    const query = {
      ...placesAndTime(input, call),
      target: named.target,
      darkness: input.darkness,
      maxAirmass: input.max_airmass,
    }
    const write = writer()
    const elements = await inTurn(() =>
      visibilityOf(query, context, (visibility) => write(JSON.stringify(siteToWire(visibility)))),
    )
    const head = `{"target":${JSON.stringify(targetToWire(named, context.now()))},"sites":`
    return { bytes: Buffer.concat([Buffer.from(head), await jsonArray(elements), Buffer.from('}')]) }
  },
})

const siteToWire = ({ site, nights, obstacles }: SiteVisibility): WireSiteVisibility => ({
  site,
  reasons: [...obstacles],
  nights: nights.map(nightToWire),
})

const nightToWire = ({
  night,
  rise,
  transit,
  transitAltitude,
  set,
  intervals,
  curve,
}: TargetNight): WireTargetNight => ({
  night: night.date,
  rise: timeOrNull(rise),
  transit: timeOrNull(transit),
  transit_altitude: transitAltitude === undefined ? null : rounded(transitAltitude, 10),
  set: timeOrNull(set),
  intervals: intervals.map(writeInterval),
  curve: curve ? curveToWire(curve) : null,
})

const curveToWire = ({ start, altitudes, airmasses }: Curve) => ({
  start: writeTime(start),
  minutes: CURVE_MINUTES,
  altitude: altitudes.map((altitude) => rounded(altitude, 10)),
  airmass: airmasses.map((airmass) => (airmass === undefined ? null : rounded(airmass, 100))),
})

const timeOrNull = (at: Instant | undefined) => (at === undefined ? null : writeTime(at))
