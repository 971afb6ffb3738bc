import type { ComponentChildren } from 'preact'
import { type Instant, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatLength, formatNights, formatSpan, formatTimes, formatUtc } from '../format.ts'
import type { Draft } from './draft.ts'
import { formatTaken } from './describe.ts'
import { type OverlapCheck, isBright, isSkyRelevant, lightSecondsOf, formatLight, timingOf } from './draft-checks.ts'
import { NO_TIME_ZONE } from './site-for.ts'

interface SummaryProps {
  readonly site: Site
  readonly hasSky: boolean
  readonly draft: Draft
  readonly now: Instant
  /** The notice of what the draft overlaps. */
  readonly children: ComponentChildren
}

/** A draft in words, with warnings. */
export function Summary({ site, hasSky, draft, now, children }: SummaryProps) {
  return (
    <div class="summary" aria-live="polite">
      <p>
        <strong>{formatNights(site, draft)}</strong>
      </p>
      <p>
        {formatTimes(site, draft)} · {formatLength(durationOf(draft))}
      </p>
      <p class="small">{hasSky ? formatUtc(draft) : NO_TIME_ZONE}</p>
      <TimingWarning draft={draft} now={now} />
      {hasSky && isSkyRelevant(draft) && <LightNotice site={site} draft={draft} />}
      {children}
    </div>
  )
}

function TimingWarning({ draft, now }: Pick<SummaryProps, 'draft' | 'now'>) {
  const when = timingOf(draft, now)
  if (when === 'upcoming') return null
  return <p class="warning">{when === 'past' ? 'This time is past.' : 'This time has begun already.'}</p>
}

function LightNotice({ site, draft }: Pick<SummaryProps, 'site' | 'draft'>) {
  const light = lightSecondsOf(site, draft)
  return <p class={isBright(light) ? 'warning' : undefined}>{formatLight(light)}</p>
}

interface OverlapNoticeProps {
  readonly id: string
  readonly site: Site
  /** Undefined before the reservations have been read. */
  readonly overlaps: OverlapCheck | undefined
  /** Why the reservations could not be read. */
  readonly problem: string | undefined
  readonly isBlocked: boolean
}

/** Whether the draft's time is free, and who has reserved it if not. */
export function OverlapNotice({ id, site, overlaps, problem, isBlocked }: OverlapNoticeProps) {
  if (!overlaps) return <p class="small">{problem ?? 'Checking whether it is free …'}</p>
  const { blocking, overlapping } = overlaps
  const [first] = overlapping
  if (blocking.length > 0) {
    return (
      <p id={id} class="taken">
        {formatTaken(site, blocking)}
        {isBlocked ? ' Choose another time.' : ''}
      </p>
    )
  }
  if (first) return <p>You have reserved it yourself: {formatSpan(site, first)}. Your own reservations may overlap.</p>
  return <p>Free.</p>
}
