import type { Calendar, CalendarFeedsOutput } from '../client/calendar.ts'
import { printable } from '../domain/text.ts'
import { askFor } from './ask-calendar.ts'
import type { CommandResult } from './outcome.ts'
import { textTable } from './text-table.ts'

type AskedCalendar = Pick<Calendar, 'calendarFeeds'>

/** The caller's secret calendar feeds. @throws CliError */
export async function listFeeds(calendar: AskedCalendar, address: string): Promise<CommandResult> {
  const feeds = await askFor(address, 'feeds', () => calendar.calendarFeeds({}))
  return { report: { at: address, feeds }, text: textOf(feeds) }
}

/** Makes a feed. Its address is a secret, and the result of this command is the only one that has it. @throws CliError */
export async function makeFeed(calendar: AskedCalendar, address: string): Promise<CommandResult> {
  const { feed_id, made_at, path } = await askFor(address, 'made', () => calendar.calendarFeeds({ make: true }))
  const feedAddress = new URL(path, address).href
  return {
    report: { at: address, made: { feed_id, made_at, address: feedAddress } },
    text: [
      feedAddress,
      'Whoever has this address can read your reservations. It is not shown again.',
      `To revoke it: photonranch-calendar feeds revoke ${printable(feed_id, MAX_ID)}\n`,
    ].join('\n'),
  }
}

/** Ends a feed of the caller. @throws CliError */
export async function revokeFeed(calendar: AskedCalendar, address: string, id: string): Promise<CommandResult> {
  const feeds = await askFor(address, 'feeds', () => calendar.calendarFeeds({ feed_id: id, revoke: true }))
  return { report: { at: address, revoked: id, feeds }, text: `Revoked: ${printable(id, MAX_ID)}\n` }
}

/** The most characters of an id that are printed. */
const MAX_ID = 64

const textOf = (feeds: CalendarFeedsOutput['feeds']): string =>
  feeds.length === 0
    ? 'You have no feeds.\n'
    : textTable(
        [['id', 'made'], ...feeds.map(({ feed_id: id, made_at: at }) => [printable(id, MAX_ID), at])],
        new Set(),
      )
