import { useState } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatCivil } from '../format/date.ts'
import { now } from '../live/clock.ts'
import { dateOf } from './clock-text.ts'
import { Field } from './fields.tsx'

interface DateFieldProps {
  readonly label: string
  readonly site: Site
  readonly at: Instant
  readonly earliest?: string
  readonly choose: (date: string) => void
  readonly problem?: string | undefined
}

/** A civil date of the site: in words while it is only looked at, and the browser's own field while it is changed. */
export function DateField({ label, site, at, earliest = '2000-01-01', choose, problem }: DateFieldProps) {
  const date = dateOf(site, at)
  // What is typed, until the field is left.
  const [typed, setTyped] = useState<string>()
  return (
    <Field label={label} problem={problem}>
      {(controlProps) => (
        <span class="date-input">
          <input
            {...controlProps}
            type="date"
            required
            min={earliest}
            max="9990-12-31"
            value={typed ?? date}
            onInput={({ currentTarget: { value, validity } }) => {
              setTyped(value)
              if (validity.valid && value !== '') choose(value)
            }}
            onBlur={() => setTyped(undefined)}
          />
          <span class="date-words" aria-hidden="true">
            {formatCivil(site, at, now())}
          </span>
          <svg class="date-icon" viewBox="0 0 14 14" aria-hidden="true">
            <path d="M1.5 3h11v9.5h-11zM1.5 6h11M4.5 1v3M9.5 1v3" />
          </svg>
        </span>
      )}
    </Field>
  )
}
