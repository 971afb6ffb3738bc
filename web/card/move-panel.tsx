import { useState } from 'preact/hooks'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { siteFor } from '../editor/site-for.ts'
import { useWriteActions } from '../editor/write-actions.ts'
import { formatSpan } from '../format/span.ts'
import { useApp } from '../live/app-context.ts'
import { now } from '../live/clock.ts'
import { useRequest } from '../live/use-request.ts'
import { NIGHTS } from '../nights-searched.ts'
import { findOffers, type Offer } from './moves.ts'
import { OwnSpan } from './phrases.tsx'

function statusOf(offers: readonly Offer[] | 'failed' | undefined): string {
  if (offers === undefined) return 'Looking for free dark time …'
  if (offers === 'failed') return 'Free dark time could not be searched for.'
  return offers.length === 0 ? `No other telescope has free dark time of this length in the next ${NIGHTS} nights.` : ''
}

/** The most telescopes that are offered. */
const MAX_OFFERS = 6

/** Other telescopes for a reservation, each with its free dark time that is nearest to the present one. */
export function MovePanel({ reservation, close }: { reservation: Reservation; close: () => void }) {
  const { calendar, sites } = useApp()
  const { move } = useWriteActions()
  const [isBusy, setBusy] = useState(false)
  const others = [...sites.values()].filter(({ code }) => code !== reservation.site)
  const offers = useRequest(
    () => findOffers({ calendar, sites: others, wanted: reservation, now: now() }),
    [calendar, sites, reservation],
  )
  const choose = async (to: Offer) => {
    setBusy(true)
    if (await move(reservation, to)) close()
    else setBusy(false)
  }
  return (
    <section class="moves" aria-label="Move to another telescope">
      <h3>Move to another telescope</h3>
      <p role="status" class="hint">
        {statusOf(offers)}
      </p>
      {Array.isArray(offers) &&
        offers.slice(0, MAX_OFFERS).map((offer) => {
          const { site } = siteFor(sites, offer.site)
          return (
            <button key={offer.site} type="button" disabled={isBusy} onClick={() => void choose(offer)}>
              <OfferText site={site} offer={offer} />
            </button>
          )
        })}
      <p class="hint">Another time here: drag it, or choose “Change”.</p>
    </section>
  )
}

const OfferText = ({ site, offer }: { site: Site; offer: Offer }) => (
  <>
    <strong>{offer.site}</strong> {formatSpan(site, offer)}
    <OwnSpan zone={site} during={offer} />
  </>
)
