import type { Instant } from '../domain/interval.ts'
import type { Site } from '../domain/site.ts'
import { fixedTrack } from './fixed-track.ts'
import { movingTrack } from './moving-track.ts'
import type { Target, Track } from './target.ts'

/** The track of a target over a site, in the days around an instant. */
export const trackOf = (site: Site, target: Target, about: Instant): Track =>
  'body' in target ? movingTrack(site, target) : fixedTrack(site, target, about)
