import { useEffect, useState } from 'preact/hooks'
import { type Instant, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { formatClock, formatLength, nightsOf } from '../format.ts'
import { type Draft, lengthsFor, mayEndLater, withEndNight, withLength, withNight, withStart } from './draft.ts'
import type { Explanation } from './explain-error.ts'
import { Field, RadioChoice, SelectChoice } from './fields.tsx'
import { endsIn, startsIn } from './steps.ts'

interface TimeFieldsProps {
  readonly site: Site
  readonly draft: Draft
  /** The draft as it was opened: its times can be chosen even if they are not on a step. */
  readonly initial: Draft
  readonly change: (draft: Draft) => void
  readonly problems: Explanation['fields']
}

/** The fields for night, start and end or length, in site time. */
export function TimeFields({ site, draft, initial, change, problems }: TimeFieldsProps) {
  const night = nightAt(site, draft.start)
  const starts = startsIn(night, [initial.start, draft.start]).map((at): [Instant, string] => [
    at,
    formatClock(site, at),
  ])
  return (
    <>
      <div class="row">
        <NightField label="Night of" date={night.date} choose={(date) => change(withNight(site, draft, date))} />
        <SelectChoice
          label="Start"
          options={starts}
          value={draft.start}
          choose={(at) => change(withStart(site, draft, at))}
          problem={problems.start}
        />
        {draft.kind !== 'realtime' && !mayEndLater(site, draft) && (
          <EndField {...{ site, draft, initial, change, problems }} />
        )}
      </div>
      {draft.kind === 'realtime' && <LengthField {...{ draft, initial, change, problems }} />}
      {draft.kind !== 'realtime' && mayEndLater(site, draft) && (
        <div class="row">
          <NightField
            label="Ends on the night of"
            date={nightsOf(site, draft).last}
            earliest={night.date}
            choose={(date) => change(withEndNight(site, draft, date))}
          />
          <EndField {...{ site, draft, initial, change, problems }} />
        </div>
      )}
    </>
  )
}

function LengthField({ draft, initial, change, problems }: Omit<TimeFieldsProps, 'site'>) {
  const lengths = lengthsFor(initial).map((seconds): [number, string] => [seconds, minutesOrText(seconds)])
  return (
    <RadioChoice
      label="Length"
      options={lengths}
      value={durationOf(draft)}
      choose={(seconds) => change(withLength(draft, seconds))}
      problem={problems.end}
    />
  )
}

const minutesOrText = (seconds: number): string =>
  seconds < 3600 && seconds % 60 === 0 ? `${seconds / 60} minutes` : formatLength(seconds)

function EndField({ site, draft, initial, change, problems }: TimeFieldsProps) {
  const night = nightAt(site, draft.end - 1)
  const isNoon = (at: Instant) => at === nightInterval(night).end
  const ends = endsIn(night, draft.start, [initial.end, draft.end])
  const options = ends.map((at): [Instant, string] => [
    at,
    isNoon(at) ? `${formatClock(site, at)} (noon)` : formatClock(site, at),
  ])
  return (
    <SelectChoice
      label="End"
      options={options}
      value={draft.end}
      choose={(end) => change({ ...draft, end })}
      problem={problems.end}
    />
  )
}

interface NightFieldProps {
  readonly label: string
  readonly date: string
  readonly earliest?: string
  readonly choose: (date: string) => void
}

/** A date field. Keeps an incomplete date without choosing it. */
function NightField({ label, date, earliest = '2000-01-01', choose }: NightFieldProps) {
  const [typed, setTyped] = useState(date)
  useEffect(() => setTyped(date), [date])
  return (
    <Field label={label}>
      {(controlProps) => (
        <input
          {...controlProps}
          type="date"
          required
          min={earliest}
          max="9990-12-31"
          value={typed}
          onInput={({ currentTarget: { value, validity } }) => {
            setTyped(value)
            if (validity.valid && value !== '') choose(value)
          }}
        />
      )}
    </Field>
  )
}
