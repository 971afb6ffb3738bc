import type { Site } from '../../src/domain/site.ts'
import { useApp } from '../live/app-context.ts'
import { Link } from '../live/navigation.tsx'

/** The most characters of an address that are repeated. */
const MAX_SHOWN = 40

/** Says why a telescope cannot be shown in this browser. */
export const UnknownZone = ({ site: { code, name, timeZone } }: { site: Site }) => (
  <p class="no-such-site">
    <b>{code}</b> <bdi>{name}</bdi> is not shown: this browser does not know the time zone {timeZone}. Please update it.
  </p>
)

/** Says that an address leads to no telescope, and where there are some. */
export function NoSuchSite({ code }: { code: string }) {
  const { sites, unshown } = useApp()
  const all = [...sites.values()]
  const unknown = unshown.find((site) => site.code === code)
  if (unknown) return <UnknownZone site={unknown} />
  const inside = all.filter(({ wema }) => wema === code)
  const near = all.filter((site) => site.code.toLowerCase() === code.toLowerCase())
  const shown = code.length > MAX_SHOWN ? `${code.slice(0, MAX_SHOWN)}…` : code
  return (
    <div class="no-such-site">
      <h1>{inside.length > 0 ? `${code} is the enclosure of these telescopes` : `There is no telescope ${shown}`}</h1>
      <ul>
        {[inside, near, all]
          .find((list) => list.length > 0)
          ?.map((site) => (
            <li key={site.code}>
              <Link to={{ page: 'site', site: site.code }}>{`${site.code} · ${site.name}`}</Link>
            </li>
          ))}
      </ul>
      <p>
        <Link to={{ page: 'network' }}>All telescopes</Link>
      </p>
    </div>
  )
}
