import { durationOf, type Interval } from '../../src/domain/interval.ts'
import { formatLength } from '../format/length.ts'
import './free-stop.css'

interface FreeStopProps {
  readonly free: Interval
  /** For screen readers. */
  readonly label: string
  /** Whether it is the next free time there. */
  readonly isNext: boolean
  /** Its line and its place there, see `line-stops.ts`. */
  readonly line: number
  readonly stop: number
  readonly style: Readonly<Record<string, string>>
  readonly onReserve: (during: Interval, slot: HTMLElement) => void
}

/** A free time, for the keyboard and for screen readers; a pointer reserves where it points to. */
export const FreeStop = ({ free, label, isNext, line, stop, style, onReserve }: FreeStopProps) => (
  <button
    type="button"
    class={isNext ? 'free-stop next' : 'free-stop'}
    style={style}
    data-line={line}
    data-stop={stop}
    aria-label={label}
    tabIndex={-1}
    onClick={(event) => onReserve(free, event.currentTarget)}
  >
    <span aria-hidden="true">{`Free ${formatLength(durationOf(free))}`}</span>
  </button>
)
