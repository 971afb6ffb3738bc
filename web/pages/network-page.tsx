import type { NetworkPlace } from '../paths.ts'

export function NetworkPage({ place }: { place: NetworkPlace }) {
  return <p>{String(place.from)}</p>
}
