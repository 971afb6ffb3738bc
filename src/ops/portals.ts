import type { SiteCode } from '../domain/site.ts'
import { url } from './address.ts'
import { namedValues } from './named-values.ts'

/** Which telescope a site is, and at which portal. */
export interface TelescopeSetting {
  /** The name of the portal. */
  readonly portal: string
  readonly telescope: string
  readonly enclosure?: string
  /** The portal's own code of the place, not ours. */
  readonly site?: string
}

const CODE = '[A-Za-z0-9_-]{1,32}'
const TELESCOPE = new RegExp(String.raw`^(${CODE})/(${CODE})(?:\.(${CODE})\.(${CODE}))?$`)
/** What a header can carry: visible characters, with spaces in between. */
const HEADER = /^[\x21-\x7e](?:[\x20-\x7e]{0,4094}[\x21-\x7e])?$/

/** The addresses of portals by name, as `URL` writes them, without a slash at the end. */
export const portalAddresses = namedValues((value) => {
  const { error } = url.safeParse(value)
  const [issue] = error?.issues ?? []
  return issue ? { problem: issue.message } : { value: new URL(value).href.replace(/\/+$/, '') }
})

/** The secrets of portals by name: what is sent to them as `Authorization`. */
export const portalKeys = namedValues((value) =>
  HEADER.test(value) ? { value } : { problem: 'must be texts that a header can carry' },
)

/** The telescopes at portals, by the site that each is here. */
export const portalTelescopes = namedValues<TelescopeSetting>((value) => {
  const [, portal, telescope, enclosure, site] = TELESCOPE.exec(value) ?? []
  if (!portal || !telescope) return { problem: 'must be SITE=PORTAL/TELESCOPE or SITE=PORTAL/TELESCOPE.ENCLOSURE.SITE' }
  return { value: { portal, telescope, ...(enclosure && { enclosure }), ...(site && { site }) } }
})

interface PortalSettings {
  readonly PORTALS: ReadonlyMap<string, string>
  readonly PORTAL_KEYS: ReadonlyMap<string, string>
  readonly PORTAL_TELESCOPES: ReadonlyMap<SiteCode, TelescopeSetting>
}

/** Sentences about telescopes and secrets of portals that have no address. */
export function portalProblems({ PORTALS, PORTAL_KEYS, PORTAL_TELESCOPES }: Partial<PortalSettings>): string[] {
  if (!PORTALS || !PORTAL_KEYS || !PORTAL_TELESCOPES) return []
  const strangers = [...PORTAL_TELESCOPES].filter(([, { portal }]) => !PORTALS.has(portal))
  return [
    ...strangers.map(
      ([site, { portal }]) => `PORTAL_TELESCOPES names ${portal} for ${site}, which PORTALS does not have`,
    ),
    // By its number: if name and secret are swapped, the name is the secret.
    ...[...PORTAL_KEYS.keys()].flatMap((name, index) =>
      PORTALS.has(name) ? [] : [`PORTAL_KEYS has a name that PORTALS does not have: number ${index + 1}`],
    ),
  ]
}
