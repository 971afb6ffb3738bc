import type { Instant } from '../../domain/interval.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { LogPosition } from '../port.ts'
import { FEED, type Item, type Key, padded, siteLogId } from './items.ts'

/*
 * Each site has a log of its changes, in commit order. Its last entries are in the long item of the site, to which a change
 * appends without reading it; the others are in segments. The attributes of the long item:
 *
 * | log       | the last entries, oldest first                     |
 * | log_start | how many entries are before them, in segments      |
 * | log_nonce | the nonce of the last entry in a segment           |
 */

/** Names of attributes. */
export const [LOG, LOG_START, LOG_NONCE] = ['log', 'log_start', 'log_nonce'] as const

/** A change in the log of a site. */
export interface LogEntry {
  /** Tells it from another entry with its number, in a table that was restored. */
  readonly nonce: string
  readonly at: Instant
  readonly id: ReservationId
  readonly revision: number
  /** The other site of a move, whose log has the same change. */
  readonly other: SiteCode | undefined
}

const NONCE_LENGTH = 6
/** The nonce of all entries of a transaction. */
export const nonceOf = (token: string): string => token.slice(-NONCE_LENGTH)

/** An entry as text: some 55 bytes, so that a long item has up to a kilobyte. */
export const encodeLogEntry = ({ nonce, at, id, revision, other = '' }: LogEntry): string =>
  `${nonce} ${at.toString(36)} ${revision} ${encodeURIComponent(other)} ${id}`

function decodeLogEntry(text: string): LogEntry {
  const [, nonce = '', at = '', revision = '', other = '', id = ''] = /^(\S+) (\S+) (\d+) (\S*) (.*)$/s.exec(text) ?? []
  const site = other === '' ? undefined : decodeURIComponent(other)
  return { nonce, at: Number.parseInt(at, 36), id, revision: Number(revision), other: site }
}

const entriesOf = (item: Item): LogEntry[] => (item[LOG]?.L ?? []).map(({ S = '' }) => decodeLogEntry(S))

/** A part of a log: its end, as the long item has it, or a segment. */
export interface LogPart {
  /** The position before `entries`. */
  readonly start: LogPosition
  readonly entries: readonly LogEntry[]
}

/** The beginning of every log. */
export const BEGIN: LogPosition = { number: 0, nonce: '' }

/** @param item a segment, or the long item of a site, if it has one */
export const logPartOf = (item: Item = {}): LogPart => ({
  start: { number: Number(item[LOG_START]?.N ?? 0), nonce: item[LOG_NONCE]?.S ?? '' },
  entries: entriesOf(item),
})

/** The position after all entries. */
export function endOf({ start, entries }: LogPart): LogPosition {
  const last = entries.at(-1)
  return last ? { number: start.number + entries.length, nonce: last.nonce } : start
}

const END_DIGITS = 12
/** The key of the segment whose last entry has a number. */
export const segmentKey = (site: SiteCode, end: number): Key => ({
  event_id: siteLogId(site),
  start: padded(end, END_DIGITS),
})

const SITE = 'site '
/** The key of the item that says that a site has a log. */
export const loggedSiteKey = (site: SiteCode): Key => ({ event_id: FEED, start: SITE + site })
export const siteOfLogged = (item: Item): SiteCode => item['start']?.S?.slice(SITE.length) ?? ''
