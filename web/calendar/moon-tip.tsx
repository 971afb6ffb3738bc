import type { RefObject } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { HOUR, type Instant } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { moonNight, type MoonPass } from '../../src/sky/moon.ts'
import { type Column, hoursOf, nightOn } from './columns.ts'
import { timeOn } from './night-head.tsx'
import { type Signal, signal, useSignal } from './signal.ts'

/** As wide as the Moon's bar is drawn, and a little more for the hand, in pixels. */
const HIT_RADIUS = 18

interface MoonHover {
  /** Where the pointer is, in pixels from the top left of the grid. */
  readonly left: number
  readonly top: number
  readonly pass: MoonPass
  readonly illumination: number
}

/** The night under the pointer, else that of the present or the first; and the Moon, where the pointer is on its bar. */
export function usePointer(box: RefObject<HTMLElement>, site: Site, columns: readonly Column[], now: Instant) {
  const usual = columns.find(({ start, end }) => start <= now && now < end) ?? columns[0]
  const hoverTime = useMemo(() => signal(usual as Column), [])
  const moon = useMemo(() => signal<MoonHover | undefined>(undefined), [])
  useEffect(() => {
    const grid = box.current as HTMLElement
    const follow = (event: PointerEvent) => {
      const route = (event.target as Element).closest<HTMLElement>('[data-date]')
      const date = route && nightOn(site, new Date(route.dataset['date'] ?? '')).date
      const column = columns.find(({ night }) => night.date === date)
      if (column) hoverTime.set(column)
      moon.set(column && route?.role === 'gridcell' ? hoverAt(event, grid, route, column, columns) : undefined)
    }
    const leave = () => {
      hoverTime.set(usual as Column)
      moon.set(undefined)
    }
    leave()
    grid.addEventListener('pointermove', follow)
    grid.addEventListener('pointerleave', leave)
    return () => {
      grid.removeEventListener('pointermove', follow)
      grid.removeEventListener('pointerleave', leave)
    }
  }, [columns, usual])
  return { pointed: hoverTime, moon }
}

function hoverAt({ clientX, clientY }: PointerEvent, grid: HTMLElement, lane: HTMLElement, column: Column, columns: readonly Column[]): MoonHover | undefined {
  const { left, top, height } = lane.getBoundingClientRect()
  if (clientX - left > HIT_RADIUS) return undefined
  const at = column.start + ((clientY - top) / height) * hoursOf(columns) * HOUR
  const { above, passes, illumination } = moonNight(column.night)
  const pass = passes[above.findIndex(({ start, end }) => start <= at && at < end)]
  const frame = grid.getBoundingClientRect()
  return pass && { left: clientX - frame.left, top: clientY - frame.top, pass, illumination }
}

/** When the Moon under the pointer rises, is highest, and sets. */
export function MoonTip({ site, moon }: { site: Site; moon: Signal<MoonHover | undefined> }) {
  const hover = useSignal(moon)
  if (!hover) return null
  const { left, top, pass, illumination } = hover
  const time = (at: Instant | undefined) => (at === undefined ? '—' : timeOn(site, at))
  return (
    <dl class="moon-tip" role="tooltip" style={{ left, top }}>
      <dt>Moon</dt>
      <dd>{`${Math.round(illumination * 100)}% lit`}</dd>
      <dt>Rise</dt>
      <dd>{time(pass.rise)}</dd>
      <dt>Transit</dt>
      <dd>{time(pass.transit)}{pass.altitude !== undefined && `, ${Math.round(pass.altitude)}° high`}</dd>
      <dt>Set</dt>
      <dd>{time(pass.set)}</dd>
    </dl>
  )
}
