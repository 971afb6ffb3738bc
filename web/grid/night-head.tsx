import type { Instant } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import { moonNight } from '../../src/sky/moon.ts'
import { formatMinute } from '../format/clock.ts'
import { formatCivil } from '../format/date.ts'
import { UTC } from '../own-zone.ts'
import { formatDark } from '../sky/dark-words.ts'
import { MoonGlyph } from '../sky/moon-glyph.tsx'
import { freeDarkHours, targetUntil } from '../sky/night-sky.ts'
import type { NamedTarget } from '../target/named-target.ts'
import { isClosed } from './closures.ts'
import type { Column } from './geometry.ts'
import { hoursOf, nightLabel } from './night-label.ts'
import { NightTip } from './night-tip.tsx'
import type { ColumnContents } from './placed-blocks.ts'
import './night-head.css'

interface NightHeadProps {
  readonly column: Column
  readonly index: number
  readonly contents: ColumnContents
  readonly now: Instant
  readonly target: NamedTarget | undefined
  readonly isUnread: boolean
  /** Whether it is the only night. */
  readonly isAlone: boolean
  readonly onOpen: (date: string) => void
}

/** The head of a night: its date, the Moon, when it is dark, how much of that is free, and until when a target is high. */
export function NightHead({ column, index, contents, now, target, isUnread, isAlone, onOpen }: NightHeadProps) {
  const { night, start, end } = column
  const { phase, illumination } = moonNight(night)
  const isTonight = start <= now && now < end
  const hours = hoursOf(night)
  return (
    <div
      role="columnheader"
      aria-label={nightLabel(night)}
      class={['night-head', isTonight && 'tonight', end <= now && 'past', isAlone && 'alone'].filter(Boolean).join(' ')}
    >
      <div class="head-row">
        <NightLink night={night} index={index} onOpen={onOpen} />
        <span class="head-notes" aria-hidden="true">
          {isTonight && <span class="tonight-mark">Tonight</span>}
          {hours !== 24 && <span class="night-length">{`${hours} h`}</span>}
        </span>
        <MoonGlyph phase={phase} southern={night.site.latitude < 0} />
      </div>
      <div class="head-row">
        <DarkTimes night={night} />
        <span class="head-lit" aria-hidden="true">
          {`${Math.round(illumination * 100)}%`}
        </span>
      </div>
      <div class="head-row">
        <FreeNote {...{ column, contents, now, isUnread }} />
        {target && <TargetNote night={night} target={target} />}
      </div>
      <NightTip night={night} target={target} />
    </div>
  )
}

/** The date, which leads to the night alone. */
function NightLink({ night, index, onOpen }: { night: Night } & Pick<NightHeadProps, 'index' | 'onOpen'>) {
  const date = shortDate(night)
  const [weekday, day, month] = date.split(' ')
  return (
    <button
      type="button"
      class="night-link"
      data-line={index}
      data-stop={-1}
      aria-label={`${date}: show the night alone`}
      tabIndex={-1}
      onClick={() => onOpen(night.date)}
    >
      {weekday}{' '}
      <span class="night-day">
        {day}
        <span class="night-month"> {month}</span>
      </span>
    </button>
  )
}

/** `Fri 6 Mar` */
const shortDate = (night: Night): string => formatCivil(UTC, Date.parse(night.date) / 1000)

/** `Dark 18:21–05:21`, of which a narrow column shows the times alone. */
function DarkTimes({ night }: { night: Night }) {
  const text = formatDark(night)
  const [times] = /\d.*/.exec(text) ?? []
  if (times === undefined) return <span class="head-dark">{text}</span>
  return (
    <span class="head-dark">
      <span class="head-word">Dark </span>
      {times}
    </span>
  )
}

type FreeNoteProps = Pick<NightHeadProps, 'column' | 'contents' | 'now' | 'isUnread'>

/** Quiet where nothing can be reserved. */
function FreeNote({ column, contents, now, isUnread }: FreeNoteProps) {
  const text = isUnread ? '' : formatFree(column, contents, now)
  return <span class={text.startsWith('Free') ? 'head-free' : 'head-free none'}>{text}</span>
}

/** `Free 2.9 h`, of the dark time that is still to come. */
function formatFree({ night, end }: Column, { blocks, closures }: ColumnContents, now: Instant): string {
  if (end <= now) return 'Past'
  const closed = closures.map(({ shown }) => shown.during)
  if (isClosed(night, closed)) return 'Closed'
  const taken = [...closed, ...blocks.map(({ shown }) => shown.during)]
  const hours = Math.round(freeDarkHours(night, taken, now) * 10) / 10
  return hours > 0 ? `Free ${hours} h` : 'None free'
}

function TargetNote({ night, target: { name, target } }: { night: Night; target: NamedTarget }) {
  const until = targetUntil(night, target)
  return (
    <span class="head-target">
      {until === undefined ? `${name} low` : `${name} to ${formatMinute(night.site, until)}`}
    </span>
  )
}
