import { useState } from 'preact/hooks'
import { durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatClock } from '../format/clock.ts'
import { formatCivil } from '../format/date.ts'
import { formatDistance, formatLength } from '../format/length.ts'
import { formatOwnSpan, formatRange, formatSpan } from '../format/span.ts'
import { now } from '../live/clock.ts'
import { differsFromOwn, ownZone, zoneName, UTC } from '../own-zone.ts'
import { clockOf, dateOf, instantOnDate, nextAtClock } from './clock-text.ts'
import { DateField } from './date-field.tsx'
import { type Draft, lengthsFor, mayEndLater, withEnd, withLength, withStart } from './draft.ts'
import type { Explanation } from './explain-error.ts'
import { RadioChoice } from './fields.tsx'
import { NO_TIME_ZONE } from './site-for.ts'
import { TimeField } from './time-field.tsx'
import './times.css'

interface TimeFieldsProps {
  readonly site: Site
  readonly hasSky: boolean
  readonly draft: Draft
  /** The draft as it was opened: its length can be chosen even if it is not a usual one. */
  readonly initial: Draft
  readonly change: (draft: Draft) => void
  readonly problems: Explanation['fields']
}

/** What was chosen last, which a date whose clocks skip it does not change. */
interface Chosen {
  readonly clock: string
  readonly length: number
}

/** Start and end by the clocks of the site, each with its civil date; then what that is for the reader, and in UTC. */
export function TimeFields(props: TimeFieldsProps) {
  const { draft, change } = props
  const [chosen, setChosen] = useState<Chosen>()
  const { clock, length } = chosen ?? { clock: clockOf(props.site, draft.start), length: durationOf(draft) }
  const changeEnd = (next: Draft) => {
    setChosen({ clock, length: durationOf(next) })
    change(next)
  }
  return (
    <div class="times">
      <Start {...props} {...{ clock, length, setChosen }} />
      {draft.kind === 'realtime' ? (
        <Lengths {...props} change={changeEnd} />
      ) : (
        <>
          <span class="times-to" aria-hidden="true">
            to
          </span>
          <End {...props} change={changeEnd} />
        </>
      )}
      <OwnTimes {...props} />
    </div>
  )
}

interface StartProps extends TimeFieldsProps, Chosen {
  readonly setChosen: (chosen: Chosen) => void
}

function Start({ site, draft, change, problems, clock, length, setChosen }: StartProps) {
  const startAt = (start: number | undefined, shown = clock) => {
    if (start === undefined) return
    setChosen({ clock: shown, length })
    change(withStart(site, { ...draft, end: draft.start + length }, start))
  }
  return (
    <>
      <DateField
        label="Starts"
        site={site}
        at={draft.start}
        choose={(date) => startAt(instantOnDate(site, date, clock))}
        problem={problems.start}
      />
      <TimeField
        label={zoneName(site)}
        name={`Start time, ${zoneName(site)}`}
        site={site}
        value={draft.start}
        resolve={(text) => instantOnDate(site, dateOf(site, draft.start), text)}
        choose={(at) => startAt(at, clockOf(site, at))}
      />
    </>
  )
}

/** A real-time session has one of few lengths. */
function Lengths({ site, draft, initial, change, problems }: TimeFieldsProps) {
  const lengths = lengthsFor(initial).map((seconds): [number, string] => [seconds, formatLength(seconds)])
  return (
    <RadioChoice
      label={`Ends ${formatCivil(site, draft.end)} ${formatClock(site, draft.end)}`}
      options={lengths}
      value={durationOf(draft)}
      choose={(seconds) => change(withLength(draft, seconds))}
      problem={problems.end}
    />
  )
}

function End({ site, draft, change, problems }: TimeFieldsProps) {
  const isLater = mayEndLater(site, draft)
  const endAt = (end: number | undefined) => end !== undefined && change(withEnd(draft, end))
  const clock = clockOf(site, draft.end)
  return (
    <>
      {isLater && (
        <DateField
          label="Ends"
          site={site}
          at={draft.end}
          earliest={dateOf(site, draft.start)}
          choose={(date) => endAt(instantOnDate(site, date, clock))}
        />
      )}
      <TimeField
        label={isLater ? 'at' : `Ends ${formatCivil(site, draft.end)}`}
        name={isLater ? 'End time at' : `End time, Ends ${formatCivil(site, draft.end)}`}
        site={site}
        value={draft.end}
        resolve={(text) =>
          isLater ? instantOnDate(site, dateOf(site, draft.end), text) : nextAtClock(site, draft.start, text)
        }
        choose={endAt}
        problem={problems.end}
      />
    </>
  )
}

/** `For you in Berlin Fri 27 Nov 07:15–09:15, in 1 h 33 min. UTC Fri 27 Nov 06:15–08:15.` */
function OwnTimes({ site, hasSky, draft }: TimeFieldsProps) {
  const at = now()
  const isElsewhere = differsFromOwn(site, draft.start)
  const when = draft.start > at ? formatDistance(draft.start, at) : ''
  return (
    <p class="times-own hint">
      {isElsewhere && (
        <>
          For you in {zoneName(ownZone())} <strong>{formatOwnSpan(draft, at)}</strong>
          {when && ', '}
        </>
      )}
      {isElsewhere || when === '' ? when : when.slice(0, 1).toUpperCase() + when.slice(1)}
      {(isElsewhere || when !== '') && '. '}
      {hasSky ? `UTC ${formatUtcTimes(draft, isElsewhere, at)}.` : NO_TIME_ZONE}
    </p>
  )
}

/** Without its dates if they are those of the reader, which are said before. */
function formatUtcTimes({ start, end }: Draft, isElsewhere: boolean, at: number): string {
  const isSameDate = (one: number) => dateOf(UTC, one) === dateOf(ownZone(), one)
  if (isElsewhere && isSameDate(start) && isSameDate(end) && dateOf(UTC, start) === dateOf(UTC, end))
    return formatRange(UTC, { start, end })
  return formatSpan(UTC, { start, end }, at)
}
