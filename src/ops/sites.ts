import * as z from 'zod'
import { MAX_TELESCOPES } from '../domain/enclosure.ts'
import type { Rules } from '../domain/rules.ts'
import type { Site } from '../domain/site.ts'
import { printable } from '../domain/text.ts'
import { siteCode } from '../wire/event-input.ts'
import { rulesFromWire } from '../wire/rules.ts'
import { rules } from '../wire/rules-schema.ts'
import { siteFromWire } from '../wire/site.ts'
import { isTimeZone } from '../sky/zone.ts'
import { contradictoryRules } from './contradictory-rules.ts'

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
    rules: rules.optional(),
  })
  .transform(siteFromWire)

const fileShape = z.strictObject({ rules: rules.optional(), sites: z.array(siteShape) })

/** What a sites file says. */
export interface SitesFile {
  /** By code. */
  readonly sites: ReadonlyMap<string, Site>
  /** The rules of the whole network. */
  readonly rules: Rules
}

/**
 * Reads the JSON of a sites file: a list of sites, or an object with `rules` and `sites`.
 * @throws Error with a message that lists all problems
 */
export function readSites(json: unknown): SitesFile {
  const file = Array.isArray(json) ? { sites: json as unknown[] } : json
  const { data, error } = fileShape.safeParse(file)
  if (!data) throw new Error((error?.issues ?? []).map((issue) => sentenceOf(issue, file)).join('; '))
  const { sites } = data
  const network = rulesFromWire(data.rules ?? {})
  const codes = sites.map(({ code }) => code)
  const problems = [
    ...codes.filter((code, index) => codes.indexOf(code) !== index).map((code) => `${code} is listed twice`),
    ...enclosureProblems(sites),
    ...contradictoryRules(network, sites),
  ]
  if (problems.length > 0) throw new Error(problems.join('; '))
  return { sites: new Map(sites.map((site) => [site.code, site])), rules: network }
}

/** A problem, with the code of its site. */
function sentenceOf({ path, message }: z.core.$ZodIssue, file: unknown): string {
  const [list, index, ...field] = path
  if (list !== 'sites' || typeof index !== 'number') return `${path.join('.')} ${message}`.trim()
  const { code } = ((file as { sites: unknown[] }).sites[index] ?? {}) as { code?: unknown }
  const name = typeof code === 'string' ? printable(code, 32) : `site ${index + 1}`
  return `${name}: ${field.join('.')} ${message}`
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
