import type { Instant } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { moonNight } from '../../src/sky/moon.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { useFilter } from '../filter.ts'
import { formatCivil } from '../format/date.ts'
import { useNavigation } from '../live/navigation.tsx'
import { isFiltered } from '../search-words.ts'
import { formatDark } from '../sky/dark-words.ts'
import { MoonGlyph } from '../sky/moon-glyph.tsx'
import { AgendaLine } from './agenda-line.tsx'
import { type AgendaNight, agendaNight, type AgendaRow } from './agenda-rows.ts'
import './agenda.css'

export interface AgendaProps {
  readonly nights: readonly Night[]
  readonly reservations: readonly Reservation[]
  /** Whether only free time is shown. */
  readonly onlyFree: boolean
  readonly now: Instant
}

/** The nights as a list: what is reserved, and free dark time with its verb. */
export function Agenda({ nights, reservations, onlyFree, now }: AgendaProps) {
  const { route } = useNavigation()
  const isMatch = useFilter()
  const isShown = onlyFree ? () => false : isMatch
  const withFree = onlyFree || !isFiltered(route)
  const lists = nights.map((night, index) =>
    agendaNight({ night, reservations, isShown, withFree, now, isFirst: index === 0 }),
  )
  // The first free time is the one filled button.
  const first = lists.flatMap(({ rows }) => rows).find(({ row }) => row === 'free')
  return (
    <div class="agenda">
      {lists.map((list) => (
        <AgendaSection key={list.night.date} list={list} first={first} now={now} />
      ))}
    </div>
  )
}

interface AgendaSectionProps {
  readonly list: AgendaNight
  readonly first: AgendaRow | undefined
  readonly now: Instant
}

function AgendaSection({ list: { night, past, rows }, first, now }: AgendaSectionProps) {
  const name =
    night.date === nightAt(night.site, now).date ? 'Tonight' : formatCivil(night.site, nightInterval(night).start, now)
  return (
    <section aria-label={`Night of ${name}`}>
      <AgendaHead night={night} name={name} />
      {past.length > 0 && (
        <details class="agenda-past">
          <summary>{`${past.length} earlier`}</summary>
          <ul>
            {past.map((one) => (
              <AgendaLine key={keyOf(one)} line={one} night={night} now={now} isFirst={false} />
            ))}
          </ul>
        </details>
      )}
      {rows.length > 0 ? (
        <ul>
          {rows.map((one) => (
            <AgendaLine key={keyOf(one)} line={one} night={night} now={now} isFirst={one === first} />
          ))}
        </ul>
      ) : (
        past.length === 0 && <p class="agenda-empty">Nothing to show.</p>
      )}
    </section>
  )
}

const keyOf = (one: AgendaRow): string =>
  one.row === 'reservation' ? `${one.reservation.id} ${one.start}` : `${one.row} ${one.start}`

function AgendaHead({ night, name }: { night: Night; name: string }) {
  const { site } = night
  const { phase, illumination } = moonNight(night)
  return (
    <header>
      <h3>{name}</h3>
      <span>{formatDark(night)}</span>
      <span class="agenda-moon">
        <MoonGlyph phase={phase} southern={site.latitude < 0} /> <span class="visually-hidden">Moon </span>
        {`${Math.round(illumination * 100)}%`}
      </span>
    </header>
  )
}
