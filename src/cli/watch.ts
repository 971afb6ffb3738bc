import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { type Calendar, type Change, CursorExpiredError, type Event } from '../client/calendar.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import { printable, quoted } from '../domain/text.ts'
import { clockAt } from '../sky/zone.ts'
import { instantOf, readInterval } from '../wire/time.ts'
import { askCalendar, assertNoneMistyped } from './ask-calendar.ts'
import { interruptedError } from './cli-error.ts'
import { bothTimes, siteOf } from './site-times.ts'

export interface WatchArguments {
  readonly address: string
  readonly sites: readonly SiteCode[]
  /** Gets the telescopes of the calendar. */
  readonly telescopes: () => Promise<readonly Site[]>
  readonly isJson: boolean
  readonly signal: AbortSignal
  readonly out: Writable
  readonly err: Writable
}

/** Prints a line for each change at telescopes until a signal ends it. @throws CliError */
export async function watch(calendar: Calendar, asked: WatchArguments): Promise<never> {
  const { address, signal } = asked
  try {
    return await askCalendar(address, async () => {
      const sites = await asked.telescopes()
      assertNoneMistyped(asked.sites, sites)
      let since: string | undefined
      for (;;) since = await watchAfter(since, calendar, { ...asked, known: sites })
    })
  } catch (error) {
    if (signal.aborted) throw interruptedError(signal)
    throw error
  }
}

type Watching = WatchArguments & { readonly known: readonly Site[] }

/** Prints the changes after a cursor, by default the present one. Returns a later cursor once changes have been missed. */
async function watchAfter(since: string | undefined, calendar: Calendar, asked: Watching): Promise<string> {
  const { address, sites, isJson, signal, known } = asked
  const say = (sentence: string) => void asked.err.write(`${sentence}\n`)
  let isWatching = since !== undefined
  const onCursor = () => {
    if (!isWatching) say(`Watching ${sites.join(', ')} at ${address}.`)
    isWatching = true
  }
  const onCut = () => say(`${address} does not answer; trying again.`)
  const onBack = () => say(`${address} answers again.`)
  try {
    for await (const change of calendar.changes({ since, sites, signal, onCursor, onCut, onBack }))
      await print(isJson ? JSON.stringify(change) : changeText(change, known), asked)
    throw new Error('The change stream ended, which it never does.')
  } catch (error) {
    if (!(error instanceof CursorExpiredError)) throw error
    say('Changes may have been missed.')
    if (isJson) await print('{"reset":true}', asked)
    return error.cursor
  }
}

async function print(line: string, { out, signal }: WatchArguments): Promise<void> {
  if (!out.write(`${line}\n`)) await once(out, 'drain', { signal })
}

/** `22:10:03 there, 04:10:03 UTC: reserved saf, …: Ada Lovelace, M13 (id) by demo|ada` */
function changeText(change: Change, sites: readonly Site[]): string {
  const { event_id: id, at, by, before, after } = change
  const event = after ?? before
  const [who, title] = [event?.creator, event?.title].map((text) => quoted(text ?? ''))
  const when = [siteOf(event?.site ?? '', sites) ?? [], { timeZone: 'UTC' }]
    .flat()
    .map(({ timeZone }) => `${clockAt(timeZone, instantOf(at)).time} ${timeZone === 'UTC' ? 'UTC' : 'there'}`)
  const maker = by === undefined || by === event?.creator_id ? '' : ` by ${printable(by, 256)}`
  return `${when.join(', ')}: ${what(change, sites)}: ${who}, ${title} (${printable(id, 128)})${maker}`
}

function what({ via, before, after }: Change, sites: readonly Site[]): string {
  const place = (event: Event) => `${event.site}, ${bothTimes(readInterval(event), siteOf(event.site, sites))}`
  if (!before) return after ? `${via === 'restore' ? 'restored' : 'reserved'} ${place(after)}` : 'deleted'
  if (!after) return `cancelled ${place(before)}`
  const isMoved = before.site !== after.site || before.start !== after.start || before.end !== after.end
  return isMoved ? `moved ${place(before)}, to ${place(after)}` : `changed ${place(after)}`
}
