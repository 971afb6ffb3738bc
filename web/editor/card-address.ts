import type { ReservationId } from '../../src/domain/reservation.ts'

/** Keeps the id of the open card in the address, as `?event=ID`, without an entry in the browser's history. */
export function showInAddress(id: ReservationId | undefined): void {
  const { searchParams } = new URL(location.href)
  if ((searchParams.get('event') ?? undefined) === id) return
  // The other parameters stay as they are written: `mine` has no value.
  const others = location.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && !part.startsWith('event='))
  const all = id === undefined ? others : [...others, `event=${encodeURIComponent(id)}`]
  history.replaceState(history.state, '', all.length > 0 ? `?${all.join('&')}` : location.pathname)
}
