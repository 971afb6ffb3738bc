import { type Instant, type Interval, durationOf, overlaps } from '../src/domain/interval.ts'

/* Converts instants to positions along a line that stands for an interval: fractions of its length. */

/** How far an instant is through an interval: from 0 to 1, or outside of that. */
export const shareOf = (whole: Interval, at: Instant): number => (at - whole.start) / durationOf(whole)

/** A part of a line from left to right, in fractions of its width. */
export interface LinePart {
  readonly left: number
  readonly width: number
}

/** The part of a line in which an interval is drawn; undefined if it is outside. */
export function partOf(whole: Interval, during: Interval): LinePart | undefined {
  if (!overlaps(whole, during)) return undefined
  const left = shareOf(whole, Math.max(during.start, whole.start))
  return { left, width: shareOf(whole, Math.min(during.end, whole.end)) - left }
}

/** A part of a line as a style. */
export const styleOf = ({ left, width }: LinePart) => ({ left: `${left * 100}%`, width: `${width * 100}%` })
