import { Failure } from './failure.ts'
import type { Reservation } from './reservation.ts'
import type { Site, SiteCode } from './site.ts'

/** The telescopes by code, each with the enclosure that it stands in, if that has a code of its own. */
export type Telescopes = ReadonlyMap<SiteCode, Pick<Site, 'code' | 'wema'>>

/** No telescope stands in an enclosure. */
export const NO_ENCLOSURES: Telescopes = new Map()

/** The maximal number of telescopes in one enclosure. A closure of all is one transaction, of at most 100 writes on DynamoDB. */
export const MAX_TELESCOPES = 64

/** The enclosure of a telescope; undefined if it has none. */
export const wemaOf = (site: SiteCode, telescopes: Telescopes): SiteCode | undefined => telescopes.get(site)?.wema

/** The telescopes in an enclosure; none if the code is not that of an enclosure. */
export const telescopesIn = (wema: SiteCode, telescopes: Telescopes): SiteCode[] =>
  // No telescope has the code of an enclosure.
  telescopes.has(wema) ? [] : [...telescopes.values()].filter((one) => one.wema === wema).map(({ code }) => code)

/** The codes at which maintenance closes a telescope: its own, and its enclosure's. */
export const closingCodes = (site: SiteCode, telescopes: Telescopes): SiteCode[] => [
  site,
  ...[wemaOf(site, telescopes) ?? []].flat(),
]

/** The enclosures of some telescopes, without those that are among the codes themselves. */
export function wemasOf(codes: readonly SiteCode[], telescopes: Telescopes): SiteCode[] {
  const wemas: SiteCode[] = []
  for (const code of codes) {
    const wema = wemaOf(code, telescopes)
    if (wema !== undefined && !codes.includes(wema) && !wemas.includes(wema)) wemas.push(wema)
  }
  return wemas
}

/** The codes that a reservation takes time at: its own, and for maintenance at an enclosure those of its telescopes. */
export const takenCodes = (
  { site, kind }: Pick<Reservation, 'site' | 'kind'>,
  telescopes: Telescopes,
): readonly SiteCode[] => (kind === 'maintenance' ? [site, ...telescopesIn(site, telescopes)] : [site])

/** Whether `closure` is maintenance at the enclosure of a telescope. */
export const closesEnclosureOf = (
  site: SiteCode,
  closure: Pick<Reservation, 'site' | 'kind'>,
  telescopes: Telescopes,
): boolean => closure.kind === 'maintenance' && wemaOf(site, telescopes) === closure.site

/**
 * The amended closure of an enclosure with the resource that is stored, if it has a telescope's: lists of a telescope show it so,
 * and clients send back what they have read.
 */
export const withStoredResource = (after: Reservation, before: Reservation, telescopes: Telescopes): Reservation =>
  after.site === before.site && wemaOf(after.resource, telescopes) === after.site
    ? { ...after, resource: before.resource }
    : after

/**
 * Requires a reservation at an enclosure's code to be maintenance. What stands there already may be amended.
 * @throws Failure `malformed`
 */
export function assertReservable(
  { site, kind }: Pick<Reservation, 'site' | 'kind'>,
  telescopes: Telescopes,
  before?: Pick<Reservation, 'site' | 'kind'>,
): void {
  if (kind === 'maintenance' || (before?.site === site && before.kind === kind)) return
  const [first, ...others] = telescopesIn(site, telescopes)
  if (first === undefined) return
  const all = others.length > 0 ? `${[first, ...others.slice(0, -1)].join(', ')} or ${others.at(-1)}` : first
  const message = `${site} is an enclosure, where only maintenance can be reserved; please reserve ${all}`
  throw new Failure('malformed', `Error: ${message}`, [{ field: 'site', message }])
}
