import { useMemo } from 'preact/hooks'
import { durationOf } from '../../src/domain/interval.ts'
import { useEditing } from '../editor/editing-context.ts'
import { formatLength } from '../format/length.ts'
import { formatSpan } from '../format/span.ts'
import { worthOffering } from '../frame/offered-times.ts'
import { FreeStop } from '../grid/free-stop.tsx'
import { anchorAt } from '../grid/night-points.ts'
import { partOf, styleOf } from '../position.ts'
import type { LanePartProps } from './lane-part.ts'
import { freeDarkIn } from './light.ts'

/** The free dark time in a lane. */
export function LaneFreeStops({ site, line, window, now, here }: LanePartProps) {
  const { open } = useEditing()
  const times = useMemo(
    () =>
      worthOffering(
        freeDarkIn(
          site,
          window,
          here.map(({ during }) => during),
          now,
        ),
      ),
    [site, window.start, window.end, here, now],
  )
  return (
    <>
      {times.map((free, n) => {
        const part = partOf(window, free)
        return (
          part && (
            <FreeStop
              key={free.start}
              {...{ free, line }}
              label={`${site.code}: free ${formatLength(durationOf(free))}, dark ${formatSpan(site, free)}: reserve`}
              isNext={n === 0}
              stop={free.start - window.start}
              style={styleOf(part)}
              onReserve={(during, slot) => open({ action: 'reserve', site: site.code, during }, anchorAt(slot))}
            />
          )
        )
      })}
    </>
  )
}
