import { HOUR } from '../../src/domain/interval.ts'
import { formatCivil } from '../format/date.ts'
import { Axis, AxisHead } from './axis.tsx'
import { type Column, type Grid, shownHours } from './geometry.ts'
import { NightColumn } from './night-column.tsx'
import { NightHead } from './night-head.tsx'
import { type NightGridProps, useNightGrid } from './use-night-grid.ts'
import './night-grid.css'

/** Nights side by side, with the sky behind what is reserved in them. */
export function NightGrid(props: NightGridProps) {
  const { site, grid, now, target } = props
  const { root, columns, contents, hovered, onKeyDown, ...rest } = useNightGrid(props)
  const isUnread = props.reservations === undefined
  const nights = grid.columns.map((column, index) => ({
    column,
    shared: { column, index, now, isUnread, contents: contents[index] ?? EMPTY },
  }))
  const isAlone = nights.length === 1
  const kind = isAlone ? 'night-grid alone' : 'night-grid'
  return (
    <div ref={root} role="grid" aria-label={labelOf(grid)} class={kind} style={styleOf(grid)} onKeyDown={onKeyDown}>
      <div role="row" class="grid-heads">
        <AxisHead site={site} />
        {nights.map(({ column, shared }) => (
          <NightHead key={column.night.date} {...{ ...shared, target, isAlone }} onOpen={props.openNight} />
        ))}
      </div>
      <div role="row" class="grid-body">
        <Axis grid={grid} now={now} hovered={hovered} />
        <div ref={columns} class="columns">
          {nights.map(({ column, shared }) => (
            <NightColumn
              key={column.night.date}
              {...{ ...shared, ...rest, grid }}
              isMatch={props.isMatch}
              target={target?.target}
            />
          ))}
        </div>
      </div>
    </div>
  )
}

const EMPTY = { blocks: [], closures: [] }

/** `Nights from Wed 25 Nov to Tue 1 Dec` */
function labelOf({ columns }: Grid): string {
  const [first, last] = [columns[0] as Column, columns.at(-1) as Column]
  const [from, to] = [first, last].map(({ night, start }) => formatCivil(night.site, start))
  return first === last ? `Night of ${from}` : `Nights from ${from} to ${to}`
}

/** The number of columns, and where the whole hours are, for the style sheet. */
function styleOf(grid: Grid) {
  const [first = 0] = shownHours(grid)
  const height = grid.to - grid.from
  return {
    '--nights': grid.columns.length,
    '--first-hour': `${((first - grid.from) / height) * 100}%`,
    '--hours': (grid.to - first) / HOUR,
  }
}
