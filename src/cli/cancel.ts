import type { Calendar } from '../client/calendar.ts'
import type { Site } from '../domain/site.ts'
import { quoted } from '../domain/text.ts'
import { readInterval } from '../wire/time.ts'
import { askFor, refusalIn } from './ask-calendar.ts'
import { refusal } from './objections.ts'
import type { CommandResult } from './outcome.ts'
import { bothTimes, siteOf } from './site-times.ts'

export interface CancelArguments {
  readonly address: string
  readonly id: string
  readonly override: true | undefined
  /** The telescopes, for their clocks. */
  readonly sites: () => Promise<readonly Site[]>
}

/** Deletes a reservation, and says which it was. @throws CliError */
export async function cancel(
  calendar: Calendar,
  { address, id, override, sites }: CancelArguments,
): Promise<CommandResult> {
  try {
    const input = { event_id: id, ...(override && { override }) }
    const event = await askFor(address, 'deleted_calendar_event', () => calendar.deleteEvent(input))
    // It is deleted: an error about a clock would say that it is not.
    const times = bothTimes(readInterval(event), siteOf(event.site, await sites().catch(() => [])))
    return { report: { at: address, event }, text: `Cancelled: ${event.site}, ${times}: ${quoted(event.title)}\n` }
  } catch (error) {
    const refused = refusalIn(error, 409)
    if (!refused) throw error
    return refusal('Nothing was cancelled.', { address, site: undefined, error: refused })
  }
}
