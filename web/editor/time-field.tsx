import { useEffect, useState } from 'preact/hooks'
import { HOUR, type Instant } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { exampleClock, formatClock } from '../format/clock.ts'
import { clockOf, otherReading, parseClock } from './clock-text.ts'
import { Field } from './fields.tsx'
import { STEP, stepAtOrAfter, stepAtOrBefore } from './steps.ts'

interface TimeFieldProps {
  readonly label: string
  /** What screen readers call it; its label if absent. */
  readonly name?: string
  readonly site: Site
  readonly value: Instant
  /** The instant of a typed clock `HH:MM`; undefined if there is none. */
  readonly resolve: (clock: string) => Instant | undefined
  readonly choose: (at: Instant) => void
  readonly problem?: string | undefined
}

const KEYS: Readonly<Record<string, (at: Instant) => Instant>> = {
  ArrowUp: (at) => stepAtOrAfter(at + 1),
  ArrowDown: (at) => stepAtOrBefore(at - 1),
  PageUp: (at) => stepAtOrBefore(at + HOUR),
  PageDown: (at) => stepAtOrAfter(at - HOUR),
}

/** A clock that is typed; the arrow keys change it by five minutes. What is typed counts as soon as it is a time. */
export function TimeField(props: TimeFieldProps) {
  const { label, name, site, value, choose, problem } = props
  const { shown, isWrong, type, finish, step } = useTyping(props)
  return (
    <Field label={label} problem={isWrong ? `Write it as ${exampleClock()}.` : problem}>
      {(controlProps) => (
        <>
          <input
            {...controlProps}
            type="text"
            autocomplete="off"
            class="time-input"
            aria-label={name}
            title={`Arrow keys change it by ${STEP / 60} minutes`}
            value={shown}
            onFocus={({ currentTarget }) => currentTarget.select()}
            onInput={({ currentTarget }) => type(currentTarget.value)}
            onBlur={finish}
            onKeyDown={step}
          />
          <OtherReading site={site} value={value} choose={choose} />
        </>
      )}
    </Field>
  )
}

/** A text that is a whole time already, so that it counts before the field is left. */
const WHOLE = /^\s*\d{1,2}[:.]\d{2}(\s*[ap]m)?\s*$/i

/** What is typed, until it is a time or the field is left. */
function useTyping({ site, value, resolve, choose }: TimeFieldProps) {
  const [typed, setTyped] = useState<string>()
  const [isWrong, setWrong] = useState(false)
  useEffect(() => setWrong(false), [value])
  const shown = typed ?? formatClock(site, value)
  /** @returns whether the text is a time */
  const take = (text: string): boolean => {
    const clock = parseClock(text)
    if (clock === clockOf(site, value) || text === formatClock(site, value)) return true
    const at = clock === undefined ? undefined : resolve(clock)
    if (at !== undefined) choose(at)
    return at !== undefined
  }
  return {
    shown,
    isWrong,
    type: (text: string) => {
      setTyped(text)
      if (WHOLE.test(text)) take(text)
    },
    finish: () => {
      if (typed !== undefined) setWrong(!take(typed))
      setTyped(undefined)
    },
    step: (event: KeyboardEvent) => {
      const next = KEYS[event.key]
      if (!next) return
      event.preventDefault()
      setTyped(undefined)
      choose(next(value))
    },
  }
}

/** Where clocks are set back, a time is shown twice: the other one can be chosen. */
function OtherReading({ site, value, choose }: Pick<TimeFieldProps, 'site' | 'value' | 'choose'>) {
  const other = otherReading(site, value)
  if (other === undefined) return null
  return (
    <button type="button" class="other-reading" onClick={() => choose(other)}>
      Use {formatClock(site, other)}
    </button>
  )
}
