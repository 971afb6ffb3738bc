import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { useEditing } from '../editor/editing-context.ts'
import { useApp } from '../live/app-context.ts'
import { useRovingFocus } from '../roving-focus.ts'
import type { NamedTarget } from '../target/named-target.ts'
import { type Column, columnAt, type Grid } from './geometry.ts'
import type { GhostState } from './ghost.tsx'
import { drawnInNights } from './glide-in-nights.ts'
import { anchorAt, nightField, pointAt } from './night-points.ts'
import { NIGHT_STOPS } from './night-stops.ts'
import { contentsOf, type PlacedBlock } from './placed-blocks.ts'
import { pointOf } from './pointer-drag.ts'
import { mayDrag, useShownReservations } from './shown-reservations.ts'
import { signal } from './signal.ts'
import { useGlide } from './use-glide.ts'
import { useTimeDrag } from './use-time-drag.ts'

export interface NightGridProps {
  readonly site: Site
  readonly grid: Grid
  /** Undefined while they are not known. */
  readonly reservations: readonly Reservation[] | undefined
  readonly now: Instant
  readonly target: NamedTarget | undefined
  /** Whether a reservation is one of those that are looked for. */
  readonly isMatch: (reservation: Reservation) => boolean
  /** Only to look at: within another page nobody can sign in. */
  readonly isEmbedded: boolean
  /** Goes to the view of one night. */
  readonly openNight: (date: string) => void
}

const NONE: readonly Reservation[] = []

/** What the grid of nights shows, and what happens when one points, drags, clicks and presses keys in it. */
export function useNightGrid({ site, grid, reservations, now, isEmbedded }: NightGridProps) {
  const { caller } = useApp()
  const root = useRef<HTMLDivElement>(null)
  const columns = useRef<HTMLDivElement>(null)
  const { shown, move } = useShownReservations(reservations ?? NONE)
  const contents = useMemo(() => contentsOf(grid, site, shown), [grid, site, shown])
  useGlide(
    columns,
    useMemo(() => drawnInNights(grid, contents), [grid, contents]),
  )
  const [ghost] = useState(() => signal<GhostState | undefined>(undefined))
  const hovered = useHovered(columns, grid, now)
  const opening = useOpening(site)
  const field = useMemo(() => nightField(grid), [grid])
  useTimeDrag(columns, !isEmbedded, { field, shown, now, ghost, move })
  const onKeyDown = useRovingFocus(root, NIGHT_STOPS)
  const canDrag = (block: PlacedBlock): boolean => !isEmbedded && mayDrag(caller, block.shown, grid.columns)
  return { caller, root, columns, contents, ghost, hovered, canDrag, onKeyDown, ...opening }
}

/** The column whose times the axis shows: the one under the pointer, else that of the present, else the first. */
function useHovered(columns: RefObject<HTMLElement>, grid: Grid, now: Instant) {
  const usual = columnAt(grid.columns, now) ?? grid.columns[0]
  const [hovered] = useState(() => signal(usual as Column))
  useLayoutEffect(() => hovered.set(usual as Column), [hovered, usual])
  useEffect(() => {
    const element = columns.current
    if (!element) return undefined
    const stop = new AbortController()
    const onMove = (event: PointerEvent) => hovered.set(pointAt(element, grid, pointOf(event)).column)
    element.addEventListener('pointermove', onMove, { signal: stop.signal })
    element.addEventListener('pointerleave', () => hovered.set(usual as Column), { signal: stop.signal })
    return () => stop.abort()
  }, [columns, grid, hovered, usual])
  return hovered
}

/** Opens the card of a reservation beside its block, and the editor beside a free slot. */
function useOpening(site: Site) {
  const { open } = useEditing()
  return useMemo(
    () => ({
      openReservation: (reservation: Reservation, block: HTMLElement) =>
        open({ action: 'show', reservation }, anchorAt(block)),
      reserveAt: (during: Interval, slot: HTMLElement) =>
        open({ action: 'reserve', site: site.code, during }, anchorAt(slot)),
    }),
    [open, site],
  )
}
