import type { CalendarFeed, CalendarFeeds } from '../port.ts'
import type { Access } from './durability.ts'
import type { GuardedRead } from './file-guard.ts'
import type { GroupCommit } from './group-commit.ts'

/** The secret feeds in a SQLite file. */
export const openCalendarFeeds = ({ sql, view }: Access, commits: GroupCommit, read: GuardedRead): CalendarFeeds => ({
  of: (observer) => read(() => view.sql.calendarFeedsOf.all(observer) as CalendarFeed[]),
  find: (digest) => read(() => view.sql.calendarFeed.get(digest) as CalendarFeed | undefined),
  add: (feed, max) => commits(() => sql.putCalendarFeed.run({ ...feed, max }).changes > 0),
  remove: (observer, id) => commits(() => sql.removeCalendarFeed.run(observer, id).changes > 0),
})
