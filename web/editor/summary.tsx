import type { ComponentChildren } from 'preact'
import { type Instant, lengthOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { lengthWords, nightsWords, spanWords, timesOf, utcWords } from '../words.ts'
import type { Draft } from './draft.ts'
import { takenWords } from './explain.ts'
import { type Encounter, isBright, isForSky, lightOf, lightWords, whenIs } from './judgement.ts'
import { NO_CLOCK } from './place.ts'

interface SummaryProps {
  readonly site: Site
  readonly hasSky: boolean
  readonly draft: Draft
  readonly now: Instant
  /** What is said of what stands there. */
  readonly children: ComponentChildren
}

/** What is about to be asked for, in words, and what there is to say against it. */
export function Summary({ site, hasSky, draft, now, children }: SummaryProps) {
  return (
    <div class="summary" aria-live="polite">
      <p><strong>{nightsWords(site, draft)}</strong></p>
      <p>{timesOf(site, draft)} · {lengthWords(lengthOf(draft))}</p>
      <p class="small">{hasSky ? utcWords(draft) : NO_CLOCK}</p>
      <Moment draft={draft} now={now} />
      {hasSky && isForSky(draft) && <Sky site={site} draft={draft} />}
      {children}
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

interface MeetingProps {
  readonly id: string
  readonly site: Site
  /** Undefined while it is not known what stands there. */
  readonly encounter: Encounter | undefined
  /** Why it is not known. */
  readonly problem: string | undefined
  readonly isBlocked: boolean
}

/** Whether the time is free, and who has it where it is not. */
export function Meeting({ id, site, encounter, problem, isBlocked }: MeetingProps) {
  if (!encounter) return <p class="small">{problem ?? 'Looking whether it is free …'}</p>
  const { blocking, across } = encounter
  const [first] = across
  if (blocking.length > 0) {
    return <p id={id} class="taken">{takenWords(site, blocking)}{isBlocked ? ' Choose another time.' : ''}</p>
  }
  if (first) return <p>You have it yourself already: {spanWords(site, first)}. Your own reservations may overlap.</p>
  return <p>Free.</p>
}
