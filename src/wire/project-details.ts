import type { Viewer } from '../domain/access.ts'
import type { Json } from '../domain/reservation.ts'

type Details = Readonly<Record<string, Json>>

/** What everybody may see of a project: what it is called, and what is to be observed. Of whom and why is between it and its owner. */
const PUBLIC = ['project_name', 'created_at', 'project_sites', 'project_targets', 'project_constraints', 'exposures', 'remaining']

/** What of the projects service's details is for `viewer`: all of it for whose project it is, admins and services. */
export function detailsVisibleTo(viewer: Viewer, details: Details): Details {
  const isOwn = viewer.sees === 'own' && viewer.observer !== undefined && details['user_id'] === viewer.observer
  if (viewer.sees === 'everything' || isOwn) return details
  return Object.fromEntries(PUBLIC.flatMap((field) => (Object.hasOwn(details, field) ? [[field, details[field] ?? null]] : [])))
}
