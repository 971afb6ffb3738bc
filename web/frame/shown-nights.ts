import type { Site } from '../../src/domain/site.ts'
import { dateAfter, nightAfter } from '../../src/sky/zone.ts'
import { MONTHS, shortMonth, shortWeekday } from '../format/date.ts'
import type { SiteRoute, View } from '../routes.ts'

/** The nights of a week, and of an agenda. */
export const WEEK = 7

/** Which nights are shown, and how. */
export interface ShownNights {
  readonly site: Site
  readonly route: SiteRoute
  readonly view: View
  /** The date of the first night, or of a night of the month. */
  readonly first: string
}

/** What is shown, in words: `25 Nov – 1 Dec 2026`, `Thu 26 Nov 2026` or `November 2026`. */
export function formatShown(site: Site, view: View, first: string): string {
  const { day, month, year } = partsOf(first)
  if (view === 'month') return `${MONTHS[month - 1]} ${year}`
  if (view === 'night') return `${shortWeekday(first)} ${day} ${shortMonth(month)} ${year}`
  const last = partsOf(nightAfter({ site, date: first }, WEEK - 1).date)
  const start = [day, ...(month === last.month ? [] : [shortMonth(month)]), ...(year === last.year ? [] : [year])].join(
    ' ',
  )
  return `${start} – ${last.day} ${shortMonth(last.month)} ${last.year}`
}

function partsOf(date: string): { day: number; month: number; year: string } {
  const [year = '', month, day] = date.split('-')
  return { day: Number(day), month: Number(month), year }
}

/**
 * The first of the seven nights of a phone's strip that has a night in it: the week begins with the night before tonight, and
 * the strip stays while one steps through it.
 */
export function stripStart(tonight: string, night: string): string {
  const before = dateAfter(tonight, -1)
  const days = Math.round((Date.parse(night) - Date.parse(before)) / 86_400_000)
  return dateAfter(before, Math.floor(days / WEEK) * WEEK)
}
