import type { Site } from './site.ts'

/** A site's night, from local noon to the next local noon, named by the date of its evening (`YYYY-MM-DD`). */
export interface Night {
  readonly site: Site
  readonly date: string
}

/** As people and links name a night: `saf/2026-03-14`. */
export const nameOf = (night: Night): string => `${night.site.code}/${night.date}`
