import * as z from 'zod'
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
  if (problems.length > 0) throw new Error(problems.join('; '))
  return new Map((parsed.data ?? []).map((site) => [site.code, site]))
}
