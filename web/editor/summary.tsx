import type { ComponentChildren } from 'preact'
import { type Instant, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatLength, formatNights, formatSpan, formatTimes, formatUtc } from '../format.ts'
import type { Draft } from './draft.ts'
import { formatTaken } from './explain-error.ts'
import { type OverlapCheck, isBright, isForSky, lightOf, formatLight, startsWhen } from './draft-checks.ts'
import { NO_TIME_ZONE } from './site-for.ts'

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
      <p><strong>{formatNights(site, draft)}</strong></p>
      <p>{formatTimes(site, draft)} · {formatLength(durationOf(draft))}</p>
      <p class="small">{hasSky ? formatUtc(draft) : NO_TIME_ZONE}</p>
      <Moment draft={draft} now={now} />
      {hasSky && isForSky(draft) && <Sky site={site} draft={draft} />}
      {children}
    </div>
  )
}

function Moment({ draft, now }: Pick<SummaryProps, 'draft' | 'now'>) {
  const when = startsWhen(draft, now)
  if (when === 'coming') return null
  return <p class="warning">{when === 'past' ? 'This time is past.' : 'This time has begun already.'}</p>
}

function Sky({ site, draft }: Pick<SummaryProps, 'site' | 'draft'>) {
  const lit = lightOf(site, draft)
  return <p class={isBright(lit) ? 'warning' : undefined}>{formatLight(lit)}</p>
}

interface OverlapNoticeProps {
  readonly id: string
  readonly site: Site
  /** Undefined while it is not known what stands there. */
  readonly overlaps: OverlapCheck | undefined
  /** Why it is not known. */
  readonly problem: string | undefined
  readonly isBlocked: boolean
}

/** Whether the time is free, and who has it where it is not. */
export function OverlapNotice({ id, site, overlaps, problem, isBlocked }: OverlapNoticeProps) {
  if (!overlaps) return <p class="small">{problem ?? 'Looking whether it is free …'}</p>
  const { blocking, overlapping } = overlaps
  const [first] = overlapping
  if (blocking.length > 0) {
    return <p id={id} class="taken">{formatTaken(site, blocking)}{isBlocked ? ' Choose another time.' : ''}</p>
  }
  if (first) return <p>You have it yourself already: {formatSpan(site, first)}. Your own reservations may overlap.</p>
  return <p>Free.</p>
}
