import { observationCodec } from '../http/observation-lists.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Settings } from '../ops/settings.ts'
import { openPortals, type Portals } from '../sources/portals.ts'
import type { PortalTelescope } from '../sources/portal-schedule.ts'
import { elapsed } from './clock.ts'

/** The observation portals of the settings; undefined if there are none. */
export function portalsOf(settings: Settings, log: Log, metrics: Metrics): Portals | undefined {
  const telescopes = telescopesOf(settings)
  if (telescopes.size === 0) return undefined
  const onSkipped = (site: string, count: number) => {
    metrics.skippedObservations.inc(count)
    log.warn({ site, count }, 'skipped malformed observations')
  }
  return openPortals(telescopes, {
    ...observationCodec(onSkipped),
    elapsed,
    onRead: (outcome) => metrics.portalSchedules.inc({ outcome }),
  })
}

function telescopesOf({ PORTALS, PORTAL_TELESCOPES, PORTAL_KEYS }: Settings): Map<string, PortalTelescope> {
  const telescopes = new Map<string, PortalTelescope>()
  for (const [site, { portal, ...telescope }] of PORTAL_TELESCOPES) {
    const address = PORTALS.get(portal)
    if (address !== undefined) telescopes.set(site, { ...telescope, address, authorization: PORTAL_KEYS.get(portal) })
  }
  return telescopes
}
