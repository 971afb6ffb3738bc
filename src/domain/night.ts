import type { Site } from './site.ts'

/** How dark a sky must be: after the end of civil, nautical or astronomical twilight. `none` is at any time, by day too. */
export const DARKNESS = ['none', 'civil', 'nautical', 'astronomical'] as const
export type Darkness = (typeof DARKNESS)[number]

/** A night at a site: from local noon to the next local noon, named by the date of its evening (`YYYY-MM-DD`). */
export interface Night {
  readonly site: Site
  readonly date: string
}
