import type { Endpoint } from '../endpoint.ts'
import type { Route } from '../exchange.ts'
import type { AppOptions } from '../options.ts'
import { docsRoutes } from '../pages/docs.ts'
import { healthRoutes } from '../pages/health.ts'
import { metricsRoutes } from '../pages/metrics.ts'
import { webRoutes } from '../pages/web.ts'
import { endpointRoutes } from '../route.ts'
import { addProjectsToEvents } from './add-projects-to-events.ts'
import { availability } from './availability.ts'
import { calendarFeeds } from './calendar-feeds.ts'
import { changesRoutes } from './changes.ts'
import { checkEvent } from './check-event.ts'
import { configRoutes } from './config.ts'
import { deleteEvent } from './delete.ts'
import { deleteSeries } from './deleteseries.ts'
import { doesConflictingEventExist } from './does-conflicting-event-exist.ts'
import { eventHistory } from './event-history.ts'
import { getEventAtTime } from './get-event-at-time.ts'
import { getEvent } from './get-event.ts'
import { isUserScheduled } from './is-user-scheduled.ts'
import { mayCommand } from './may-command.ts'
import { me } from './me.ts'
import { modifyEvent } from './modifyevent.ts'
import { modifySeries } from './modifyseries.ts'
import { moveReservations } from './move-reservations.ts'
import { newEvent } from './newevent.ts'
import { newSeries } from './newseries.ts'
import { projects } from './projects.ts'
import { removeExpiredLcoSchedule } from './remove-expired-lco-schedule.ts'
import { removeProjectFromEvents } from './remove-project-from-events.ts'
import { reservationsAffected } from './reservations-affected.ts'
import { restoreEvent } from './restore-event.ts'
import { schedulerObservations } from './scheduler-observations.ts'
import { secretFeedRoutes } from './secret-feed.ts'
import { siteEvents } from './siteevents.ts'
import { siteFeedRoutes } from './site-feed.ts'
import { siteRules } from './site-rules.ts'
import { sitesRoutes } from './sites.ts'
import { targetVisibility } from './target-visibility.ts'
import { targets } from './targets.ts'
import { userEventsEndingAfterTime } from './user-events-ending-after-time.ts'

/** The endpoints that take JSON or a query, in the order of the documentation. Each file is named like its endpoint. */
export const ENDPOINTS: readonly Endpoint[] = [
  newEvent,
  modifyEvent,
  deleteEvent,
  checkEvent,
  eventHistory,
  restoreEvent,
  siteEvents,
  schedulerObservations,
  reservationsAffected,
  userEventsEndingAfterTime,
  getEventAtTime,
  getEvent,
  isUserScheduled,
  doesConflictingEventExist,
  mayCommand,
  addProjectsToEvents,
  removeProjectFromEvents,
  removeExpiredLcoSchedule,
  targets,
  targetVisibility,
  availability,
  siteRules,
  newSeries,
  modifySeries,
  deleteSeries,
  moveReservations,
  calendarFeeds,
  me,
  projects,
]

/** Every route that is served, by its name in the log and the metrics. */
export const ROUTES: Readonly<Record<string, (options: AppOptions) => readonly Route[]>> = {
  ...Object.fromEntries(
    ENDPOINTS.map((endpoint) => [endpoint.name, (options: AppOptions) => endpointRoutes(endpoint, options)]),
  ),
  changes: changesRoutes,
  'site-feed': siteFeedRoutes,
  'secret-feed': secretFeedRoutes,
  config: configRoutes,
  sites: sitesRoutes,
  health: healthRoutes,
  docs: docsRoutes,
  metrics: metricsRoutes,
  page: webRoutes,
}

/** All values of the label `route`: a request to another path is `unknown`, one that admission control rejects is `busy`. */
export const ROUTE_NAMES: readonly string[] = [...Object.keys(ROUTES), 'unknown', 'busy']
