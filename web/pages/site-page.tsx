import type { SitePlace } from '../paths.ts'

export function SitePage({ place }: { place: SitePlace }) {
  return <p>{place.site}</p>
}
