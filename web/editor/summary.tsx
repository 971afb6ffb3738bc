import { type Instant, lengthOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { lengthWords, nightsWords, spanWords, timesOf, utcWords } from '../words.ts'
import type { Draft } from './draft.ts'
import { takenWords } from './explain.ts'
import { type Encounter, isBright, isForSky, lightOf, lightWords, whenIs } from './judgement.ts'

interface SummaryProps {
  readonly id: string
  readonly site: Site
  readonly hasSky: boolean
  readonly draft: Draft
  readonly now: Instant
  /** Undefined while it is not known what stands there. */
  readonly encounter: Encounter | undefined
  readonly problem: string | undefined
  readonly isBlocked: boolean
}

/** What is about to be asked for, in words, and what there is to say against it. */
export function Summary({ id, site, hasSky, draft, now, encounter, problem, isBlocked }: SummaryProps) {
  return (
    <div class="summary" aria-live="polite">
      <p><strong>{nightsWords(site, draft)}</strong></p>
      <p>{timesOf(site, draft)} · {lengthWords(lengthOf(draft))}</p>
      <p class="small">{hasSky ? utcWords(draft) : 'The clock of this telescope is not known: times are UTC.'}</p>
      <Moment draft={draft} now={now} />
      {hasSky && isForSky(draft) && <Sky site={site} draft={draft} />}
      <div id={id}>
        <Meeting site={site} encounter={encounter} problem={problem} isBlocked={isBlocked} />
      </div>
    </div>
  )
}

function Moment({ draft, now }: Pick<SummaryProps, 'draft' | 'now'>) {
  const when = whenIs(draft, now)
  if (when === 'coming') return null
  return <p class="warning">{when === 'past' ? 'This time is past.' : 'This time has begun already.'}</p>
}

function Sky({ site, draft }: Pick<SummaryProps, 'site' | 'draft'>) {
  const lit = lightOf(site, draft)
  return <p class={isBright(lit) ? 'warning' : undefined}>{lightWords(lit)}</p>
}

function Meeting({ site, encounter, problem, isBlocked }: Pick<SummaryProps, 'site' | 'encounter' | 'problem' | 'isBlocked'>) {
  if (!encounter) return <p class="small">{problem ?? 'Looking whether it is free …'}</p>
  const { blocking, across } = encounter
  const [first] = across
  if (blocking.length > 0) {
    return <p class="taken">{takenWords(site, blocking)}{isBlocked ? ' It cannot be reserved.' : ''}</p>
  }
  if (first) return <p>You have it yourself already: {spanWords(site, first)}. Your own reservations may overlap.</p>
  return <p>Free.</p>
}
