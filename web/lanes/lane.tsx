import { useMemo } from 'preact/hooks'
import { type Instant, type Interval, overlaps, secondAt } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import type { Target } from '../../src/sky/target.ts'
import type { GhostSignal } from '../grid/ghost.tsx'
import type { Shown } from '../grid/shown-reservations.ts'
import { useNavigation } from '../live/navigation.tsx'
import { partOf, styleOf } from '../position.ts'
import { skyGradient } from '../sky/gradient.ts'
import { SkyStrip } from '../sky/sky-drawing.tsx'
import { hoursIn } from './axis.ts'
import { Closed, Reserved } from './lane-blocks.tsx'
import { LaneFreeStops } from './lane-free-stops.tsx'
import { LaneDraft, LaneGhost } from './lane-ghost.tsx'
import type { LanePartProps } from './lane-part.ts'
import { formatDarkness } from './light.ts'
import { isAt, type Telescope } from './telescopes.ts'
import './lane.css'

export interface LaneProps {
  readonly telescope: Telescope
  /** Index of the lane. */
  readonly line: number
  readonly window: Interval
  readonly now: Instant
  /** The reservations of the window, at all telescopes; undefined while they are not known. */
  readonly all: readonly Shown[] | undefined
  readonly target: Target | undefined
  readonly ghost: GhostSignal
}

/** The lane of a telescope: the sky, the Moon and the target, what is reserved, and the next free dark time. */
export function Lane({ telescope, line, window, now, all, target, ghost }: LaneProps) {
  const { site, free } = telescope
  const here = useMemo(() => all && shownAt(site, all, window), [site, all, window.start, window.end])
  const darkness = useMemo(() => formatDarkness(site, window), [site, window.start, window.end])
  return (
    <div class="lane-place">
      <div
        class={here ? 'telescope-lane' : 'telescope-lane unread'}
        style={{ background: skyGradient(site, window, 'to right') }}
        data-site={site.code}
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
          <LaneDraft site={site} window={window} />
        </div>
      </div>
      <LaneGhost site={site} window={window} ghost={ghost} />
      <Mark class="lane-now-gap" window={window} during={secondAt(now)} />
    </div>
  )
}

/** The reservations that a lane shows. */
const shownAt = (site: Site, all: readonly Shown[], window: Interval): Shown[] =>
  all.filter(({ reservation, ...one }) => isAt(site, { ...reservation, ...one }) && overlaps(one.during, window))

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

function Mark({ class: className, window, during }: { class: string; window: Interval; during: Interval }) {
  const part = partOf(window, during)
  return part ? <div class={className} aria-hidden="true" style={styleOf(part)} /> : null
}
