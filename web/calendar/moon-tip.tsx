import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { moonNight, type MoonPass } from '../../src/sky/moon.ts'
import { type Column, instantAtHeight, nightAtGridTime } from './columns.ts'
import { formatMinute } from './night-head.tsx'
import { type Signal, signal, useSignal } from './signal.ts'

/** How far right of a column's left edge the pointer is on the Moon's bar, in pixels: a little more than its width. */
const HIT_WIDTH = 18

interface MoonHover {
  /** The position of the pointer, in pixels from the top left of the grid. */
  readonly left: number
  readonly top: number
  readonly pass: MoonPass
  readonly illumination: number
}

/**
 * What the pointer is on: `hovered` is its column, or else the column of the present or the first one; `moon` is set
 * while it is on the Moon's bar.
 */
export function usePointer(box: RefObject<HTMLElement>, site: Site, columns: readonly Column[], now: Instant) {
  const usual = (columns.find(({ start, end }) => start <= now && now < end) ?? columns[0]) as Column
  const [hovered] = useState(() => signal(usual))
  const [moon] = useState(() => signal<MoonHover | undefined>(undefined))
  useEffect(() => {
    const grid = box.current as HTMLElement
    const handleMove = (event: PointerEvent) => {
      const element = (event.target as Element).closest<HTMLElement>('[data-date]')
      const date = element && nightAtGridTime(site, new Date(element.dataset['date'] ?? '')).date
      const column = columns.find(({ night }) => night.date === date)
      if (column) hovered.set(column)
      moon.set(column && element?.role === 'gridcell' ? moonAt(event, grid, element, column, columns) : undefined)
    }
    const handleLeave = () => {
      hovered.set(usual)
      moon.set(undefined)
    }
    handleLeave()
    grid.addEventListener('pointermove', handleMove)
    grid.addEventListener('pointerleave', handleLeave)
    return () => {
      grid.removeEventListener('pointermove', handleMove)
      grid.removeEventListener('pointerleave', handleLeave)
    }
  }, [columns, usual, site, box, hovered, moon])
  return { hovered, moon }
}

function moonAt(
  { clientX, clientY }: PointerEvent,
  grid: HTMLElement,
  cell: HTMLElement,
  column: Column,
  columns: readonly Column[],
): MoonHover | undefined {
  const { left, top, height } = cell.getBoundingClientRect()
  if (clientX - left > HIT_WIDTH) return undefined
  const at = instantAtHeight(columns, column, (clientY - top) / height)
  const { above, passes, illumination } = moonNight(column.night)
  const pass = passes[above.findIndex(({ start, end }) => start <= at && at < end)]
  const frame = grid.getBoundingClientRect()
  return pass && { left: clientX - frame.left, top: clientY - frame.top, pass, illumination }
}

/** A tooltip with rise, transit and set of the Moon under the pointer. */
export function MoonTip({ site, moon }: { site: Site; moon: Signal<MoonHover | undefined> }) {
  const hover = useSignal(moon)
  if (!hover) return null
  const { left, top, pass, illumination } = hover
  const time = (at: Instant | undefined) => (at === undefined ? '—' : formatMinute(site, at))
  return (
    <dl class="moon-tip" role="tooltip" style={{ left, top }}>
      <dt>Moon</dt>
      <dd>{`${Math.round(illumination * 100)}% lit`}</dd>
      <dt>Rise</dt>
      <dd>{time(pass.rise)}</dd>
      <dt>Transit</dt>
      <dd>
        {time(pass.transit)}
        {pass.altitude !== undefined && `, ${Math.round(pass.altitude)}° high`}
      </dd>
      <dt>Set</dt>
      <dd>{time(pass.set)}</dd>
    </dl>
  )
}
