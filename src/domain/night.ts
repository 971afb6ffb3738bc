import type { Site } from './site.ts'

/** A night at a site: from local noon to the next local noon, named by the date of its evening (`YYYY-MM-DD`). */
export interface Night {
  readonly site: Site
  readonly date: string
}
