import { useState } from 'preact/hooks'
import type { HistoryEntry } from '../../src/client/domain/history.ts'
import type { Reservation, Via } from '../../src/domain/reservation.ts'
import { differencesOf, formatActor } from '../editor/describe.ts'
import { isSame } from '../editor/current-reservation.ts'
import { siteFor } from '../editor/site-for.ts'
import { useWriteActions } from '../editor/write-actions.ts'
import { formatMoment } from '../format/span.ts'
import { useApp } from '../live/app-context.ts'
import { now } from '../live/clock.ts'
import { useRequest } from '../live/use-request.ts'
import { ownZone } from '../own-zone.ts'

const VERBS: Readonly<Record<Via, string>> = {
  reserve: 'reserved it',
  amend: 'changed it',
  cancel: 'deleted it',
  'attach-project': 'attached its project',
  'detach-project': 'took its project away',
  'expire-lco': 'removed it as expired',
  restore: 'restored it',
  import: 'imported it',
}

/** Who did what to a reservation when, newest first, in the reader's own time. Each earlier state can be restored. */
export function HistoryPanel({ reservation }: { reservation: Reservation }) {
  const { calendar } = useApp()
  const history = useRequest(() => calendar.history(reservation.id), [calendar, reservation])
  if (history === undefined) return <p class="hint">Loading the history …</p>
  if (history === 'failed') return <p role="alert">The history could not be loaded.</p>
  const newest = history.at(-1)
  return (
    <section class="history" aria-label="History">
      <ol>
        {history.toReversed().map((entry) => (
          <Entry key={entry.revision} entry={entry} newest={newest} reservation={reservation} />
        ))}
      </ol>
    </section>
  )
}

interface EntryProps {
  readonly entry: HistoryEntry
  readonly newest: HistoryEntry | undefined
  readonly reservation: Reservation
}

function Entry({ entry, newest, reservation }: EntryProps) {
  const { caller, sites } = useApp()
  const { restore } = useWriteActions()
  const [isBusy, setBusy] = useState(false)
  const { at, by, via, before, after, revision } = entry
  const { site } = siteFor(sites, reservation.site)
  const current = newest?.after
  const isEarlier = after !== undefined && (current === undefined || !isSame(after, current))
  const bring = async () => {
    setBusy(true)
    await restore(after ?? reservation, revision)
    setBusy(false)
  }
  return (
    <li>
      <p>
        <time dateTime={new Date(at * 1000).toISOString()}>{formatMoment(ownZone(), at, now())}</time>{' '}
        {formatActor(by, after ?? before, caller)} {VERBS[via]}
        {before && after && `: ${differencesOf(site, before, after).join('; ')}`}
      </p>
      {isEarlier && (
        <button
          type="button"
          disabled={isBusy}
          aria-label={`Restore the state of ${formatMoment(ownZone(), at, now())}`}
          onClick={() => void bring()}
        >
          Restore
        </button>
      )}
    </li>
  )
}
