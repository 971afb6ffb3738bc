import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import type { Destination } from '../editor/destination.ts'
import type { Anchor } from '../editor/editing-context.ts'
import type { Point } from './pointer-drag.ts'

/** A point of a {@link DragField}. */
export interface DragPoint {
  readonly site: SiteCode
  readonly at: Instant
  /** The night, or the window of the lanes. */
  readonly within: Interval
}

/** What one drags in, as the pointer sees it: the nights of a telescope, or the lanes of many. */
export interface DragField {
  /** Whether a press on an element drags. */
  readonly isIn: (pressed: Element) => boolean
  /** The point that is nearest to one of the window; undefined if nothing is drawn. */
  readonly pointAt: (field: HTMLElement, at: Point) => DragPoint | undefined
  /** The rectangle in which the beginning of an interval is drawn; undefined if it is not. */
  readonly anchorOf: (field: HTMLElement, to: Required<Destination>) => Anchor | undefined
}
