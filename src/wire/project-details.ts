import type { Viewer } from '../domain/access.ts'
import type { Json } from '../domain/reservation.ts'

type Details = Readonly<Record<string, Json>>

/** The fields of a project that anyone may see: its name, and what to observe. */
const PUBLIC = [
  'project_name',
  'created_at',
  'project_sites',
  'project_targets',
  'project_constraints',
  'exposures',
  'remaining',
]

/** The details of a project that a viewer may see: all for its owner, admins and services. */
export function detailsVisibleTo(viewer: Viewer, details: Details): Details {
  const isOwn = viewer.sees === 'own' && viewer.observer !== undefined && details['user_id'] === viewer.observer
  if (viewer.sees === 'everything' || isOwn) return details
  return Object.fromEntries(
    PUBLIC.flatMap((field) => (Object.hasOwn(details, field) ? [[field, details[field] ?? null]] : [])),
  )
}
