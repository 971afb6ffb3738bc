import { useMemo, useRef, useState } from 'preact/hooks'
import { type Instant, type Interval, overlaps, secondAt } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Target } from '../../src/sky/target.ts'
import { type Signal, signal, useSignal } from '../grid/signal.ts'
import { useNavigation } from '../live/navigation.tsx'
import { partOf, styleOf } from '../position.ts'
import { skyGradient } from '../sky/gradient.ts'
import { SkyStrip } from '../sky/sky-drawing.tsx'
import { hoursIn } from './axis.ts'
import { Closed, type LanePartProps, Reserved } from './lane-blocks.tsx'
import { LaneFreeStops } from './lane-free-stops.tsx'
import { formatDarkness, lightBandsIn } from './light.ts'
import { reservationsAt, type Telescope } from './telescopes.ts'
import { useLaneDrag } from './use-lane-drag.ts'
import './lane.css'

export interface LaneProps {
  readonly telescope: Telescope
  /** Index of the lane. */
  readonly line: number
  readonly window: Interval
  readonly now: Instant
  /** The reservations of the window, at all telescopes; undefined while they are not known. */
  readonly all: readonly Reservation[] | undefined
  readonly target: Target | undefined
}

/** The lane of a telescope: the sky, the Moon and the target, what is reserved, and the next free dark time. */
export function Lane({ telescope, line, window, now, all, target }: LaneProps) {
  const { site, free } = telescope
  const { embed } = useNavigation().route
  const element = useRef<HTMLDivElement>(null)
  const [drawn] = useState(() => signal<Interval | undefined>(undefined))
  const here = useMemo(
    () => all && reservationsAt(site, all).filter((one) => overlaps(one, window)),
    [site, all, window.start, window.end],
  )
  useLaneDrag(
    element,
    { site: site.code, window, now, taken: here ?? [], draw: drawn.set },
    here !== undefined && !embed,
  )
  const darkness = useMemo(() => formatDarkness(lightBandsIn(site, window)), [site, window.start, window.end])
  return (
    <div class="lane-place">
      <div
        ref={element}
        class={here ? 'telescope-lane' : 'telescope-lane unread'}
        style={{ background: skyGradient(site, window, 'to right') }}
      >
        <p class="visually-hidden">{darkness}</p>
        <Lines window={window} now={now} />
        <div class="lane-strip">
          <SkyStrip site={site} during={window} target={target} />
        </div>
        <div class="lane-field">
          {here && <Closed {...{ site, line, window, now, here }} />}
          {free && <Mark class="lane-free" window={window} during={free} />}
          {here && <Contents {...{ site, line, window, now, here }} />}
          <Drawn window={window} drawn={drawn} />
        </div>
      </div>
      <Mark class="lane-now-gap" window={window} during={secondAt(now)} />
    </div>
  )
}

/** What is reserved, and what is free; within another page nobody can reserve. */
function Contents(props: LanePartProps) {
  const { embed } = useNavigation().route
  return (
    <>
      {props.here.length === 0 && <p class="visually-hidden">No reservations in this time.</p>}
      <Reserved {...props} />
      {!embed && <LaneFreeStops {...props} />}
    </>
  )
}

const Lines = ({ window, now }: { window: Interval; now: Instant }) => (
  <>
    {hoursIn(window).map((at) => (
      <Mark key={at} class="lane-hour-line" window={window} during={secondAt(at)} />
    ))}
    <Mark class="lane-now-line" window={window} during={secondAt(now)} />
  </>
)

/** The time that is being dragged over. It is drawn anew with each step of the pointer, and nothing else is. */
function Drawn({ window, drawn }: { window: Interval; drawn: Signal<Interval | undefined> }) {
  const during = useSignal(drawn)
  return during ? <Mark class="lane-drawn" window={window} during={during} /> : null
}

function Mark({ class: className, window, during }: { class: string; window: Interval; during: Interval }) {
  const part = partOf(window, during)
  return part ? <div class={className} aria-hidden="true" style={styleOf(part)} /> : null
}
