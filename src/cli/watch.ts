import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Event } from '../client/calendar.ts'
import type { DomainCalendar } from '../client/domain/calendar.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import { printable } from '../domain/text.ts'
import { clockAt } from '../sky/zone.ts'
import { instantOf, readInterval } from '../wire/time.ts'
import { askCalendar, refusalIn } from './ask-calendar.ts'
import { CliError, interruptedError } from './cli-error.ts'
import { followChanges } from './follow-changes.ts'
import { bothTimes, siteOf } from './site-times.ts'
import type { SseMessage } from './sse-messages.ts'

export interface WatchArguments {
  readonly address: string
  readonly token: string | undefined
  readonly sites: readonly SiteCode[]
  readonly isJson: boolean
  readonly signal: AbortSignal
  readonly out: Writable
  readonly err: Writable
}

/** Prints a line for each change at telescopes until a signal ends it. @throws CliError */
export async function watch(calendar: DomainCalendar, asked: WatchArguments): Promise<never> {
  const { address, signal, err } = asked
  const say = (sentence: string) => void err.write(`${sentence}\n`)
  try {
    return await askCalendar(address, async () => {
      const sites = await calendar.sites()
      const url = calendar.changesAt(asked.sites)
      const onCut = () => say(`${address} does not answer; trying again.`)
      const onBack = () => say(`${address} answers again.`)
      for await (const message of followChanges({ ...asked, url, onCut, onBack })) {
        if (message.event === 'hello') say(`Watching ${asked.sites.join(', ')} at ${address}.`)
        if (message.event === 'reset') say('Changes may have been missed.')
        await print(message, sites, asked)
      }
      throw new Error('A stream that is followed does not end.')
    })
  } catch (error) {
    if (signal.aborted) throw interruptedError(signal)
    if (refusalIn(error, 406))
      throw new CliError('refused', `The calendar at ${address} has no stream of changes.`, { cause: error })
    throw error
  }
}

async function print(message: SseMessage, sites: readonly Site[], asked: WatchArguments): Promise<void> {
  const line = lineOf(message, sites, asked.isJson)
  if (line !== undefined && !asked.out.write(`${line}\n`)) await once(asked.out, 'drain', { signal: asked.signal })
}

function lineOf({ event, data = '{}' }: SseMessage, sites: readonly Site[], isJson: boolean): string | undefined {
  if (event === 'reset' && isJson) return '{"reset":true}'
  if (event !== 'change') return undefined
  return isJson ? data : changeText(JSON.parse(data) as Change, sites)
}

/** A change as the stream has it. */
interface Change {
  readonly event_id: string
  readonly at: string
  readonly before: Event | null
  readonly after: Event | null
}

/** `22:10:03 there, 04:10:03 UTC: Ada Lovelace reserved saf, …: M13 (id)` */
function changeText({ event_id: id, at, before, after }: Change, sites: readonly Site[]): string {
  const event = after ?? before
  const [who, title] = [event?.creator, event?.title].map((text) => printable(text ?? '', 256))
  const when = [siteOf(event?.site ?? '', sites) ?? [], { timeZone: 'UTC' }]
    .flat()
    .map(({ timeZone }) => `${clockAt(timeZone, instantOf(at)).time} ${timeZone === 'UTC' ? 'UTC' : 'there'}`)
  return `${when.join(', ')}: ${what(before, after, sites)}: ${who}, ${title} (${printable(id, 128)})`
}

function what(before: Event | null, after: Event | null, sites: readonly Site[]): string {
  const place = (event: Event) => `${event.site}, ${bothTimes(readInterval(event), siteOf(event.site, sites))}`
  if (!before) return after ? `reserved ${place(after)}` : 'deleted'
  if (!after) return `cancelled ${place(before)}`
  const isMoved = before.site !== after.site || before.start !== after.start || before.end !== after.end
  return isMoved ? `moved ${place(before)}, to ${place(after)}` : `changed ${place(after)}`
}
