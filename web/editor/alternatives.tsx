import type { Instant, Interval } from '../../src/domain/interval.ts'
import { HOUR } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt } from '../../src/sky/zone.ts'
import type { Offer } from '../card/moves.ts'
import { formatClock } from '../format/clock.ts'
import { formatMoment, formatSpan } from '../format/span.ts'

interface AlternativesProps {
  readonly label: string
  readonly offers: readonly Offer[]
  readonly sites: ReadonlyMap<string, Site>
  readonly now: Instant
  readonly choose: (offer: Offer) => void
}

/** Times that can be had instead, as buttons: `aro2, tonight 21:45`. */
export function Alternatives({ label, offers, sites, now, choose }: AlternativesProps) {
  if (offers.length === 0) return null
  return (
    <div class="alternatives" role="group" aria-label={label}>
      <span aria-hidden="true">{label}</span>
      {offers.map((offer) => {
        const site = sites.get(offer.site)
        if (!site) return null
        return (
          <button
            key={`${offer.site} ${offer.start}`}
            type="button"
            class="soft"
            title={formatSpan(site, offer)}
            onClick={() => choose(offer)}
          >
            {offer.site}, {formatWhen(site, offer, now)}
          </button>
        )
      })}
    </div>
  )
}

/** Beyond this, "tonight" would not be understood by all, in seconds. */
const SOON = 12 * HOUR

/** `tonight 21:45` in the present night if that is near, else `Fri 27 Nov 20:00`. */
function formatWhen(site: Site, { start }: Interval, now: Instant): string {
  const isTonight = start - now < SOON && nightAt(site, start).date === nightAt(site, now).date
  return isTonight ? `tonight ${formatClock(site, start)}` : formatMoment(site, start, now)
}
