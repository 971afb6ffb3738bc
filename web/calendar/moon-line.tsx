import type { Night } from '../../src/domain/night.ts'
import { moonNight } from '../../src/sky/moon.ts'
import { MoonGlyph } from '../sky/moon-glyph.tsx'

/** The Moon of a night and its illumination. Hidden from screen readers, which read the label of the night. */
export function MoonLine({ night }: { night: Night }) {
  const { phase, illumination } = moonNight(night)
  return (
    <span class="moon-line" aria-hidden="true" data-text={`${Math.round(illumination * 100)}%`}>
      <MoonGlyph phase={phase} southern={night.site.latitude < 0} />
    </span>
  )
}
