import * as z from 'zod'
import { MAX_TELESCOPES } from '../domain/enclosure.ts'
import type { Site } from '../domain/site.ts'
import { siteCode } from '../wire/event-input.ts'
import { siteFromWire } from '../wire/site.ts'
import { isTimeZone } from '../sky/zone.ts'

const siteShape = z
  .strictObject({
    code: siteCode,
    name: z.string().min(1),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    elevation: z.number().min(-500).max(9000),
    time_zone: z.string().refine(isTimeZone, 'is no IANA time zone'),
    enclosure: z.string(),
    wema: siteCode.optional(),
    horizon: z.number().min(0).max(90).optional(),
    ha_limit_neg: z.number().min(-12).max(0).optional(),
    ha_limit_pos: z.number().min(0).max(12).optional(),
    zenith_blind_spot: z.number().min(0).max(90).optional(),
  })
  .transform(siteFromWire)

/**
 * Reads the JSON of a sites file: the sites by code.
 * @throws Error with a message that lists all problems
 */
export function readSites(json: unknown): ReadonlyMap<string, Site> {
  const parsed = z.array(siteShape).safeParse(json)
  const problems = (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`)
  const codes = (parsed.data ?? []).map(({ code }) => code)
  problems.push(
    ...codes.filter((code, index) => codes.indexOf(code) !== index).map((code) => `${code} is listed twice`),
  )
  problems.push(...enclosureProblems(parsed.data ?? []))
  if (problems.length > 0) throw new Error(problems.join('; '))
  return new Map((parsed.data ?? []).map((site) => [site.code, site]))
}

/** A code is that of a telescope or of an enclosure: at a telescope anything can be reserved, at an enclosure only maintenance. */
function enclosureProblems(sites: readonly Site[]): string[] {
  const codes = new Set(sites.map(({ code }) => code))
  const telescopes = Map.groupBy(sites, ({ wema }) => wema)
  return [...telescopes.entries()].flatMap(([wema, inside]) => {
    if (wema === undefined) return []
    if (codes.has(wema))
      return inside.map(({ code }) =>
        code === wema
          ? `${code} has its own code as its wema: leave that out, since maintenance at ${code} closes it already`
          : `${code} has the wema ${wema}, which is the code of a telescope: an enclosure needs a code of its own`,
      )
    return inside.length > MAX_TELESCOPES
      ? [`${wema} is the wema of ${inside.length} telescopes: an enclosure has at most ${MAX_TELESCOPES}`]
      : []
  })
}
