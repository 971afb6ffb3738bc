import type { Check } from './check.ts'
import './checks.css'

const MARKS: Readonly<Record<Check['state'], readonly [name: string, path: string]>> = {
  good: ['Good', 'M2 7.5 5.5 11 12 3'],
  warning: ['Attention', 'M7 1.5 13 12.5H1ZM7 5.5v3M7 10.5v.5'],
  bad: ['Not possible', 'M3 3l8 8M11 3l-8 8'],
  unknown: ['Open', 'M3 7h8'],
}

/** What is known about a draft, a line each. Read out as it changes. */
export function Checks({ id, checks }: { id: string; checks: readonly Check[] }) {
  return (
    <ul id={id} class="checks" aria-label="Checks" aria-live="polite">
      {checks.map(({ state, strong, rest }) => (
        <li key={strong + rest} class={state}>
          <svg viewBox="0 0 14 14" role="img" aria-label={MARKS[state][0]}>
            <path d={MARKS[state][1]} />
          </svg>
          <span>
            {strong && <strong>{strong}</strong>}
            {rest}
          </span>
        </li>
      ))}
    </ul>
  )
}
