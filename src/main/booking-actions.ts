import { randomUUID } from 'node:crypto'
import { askCalendar } from '../cli/ask-calendar.ts'
import { cancel } from '../cli/cancel.ts'
import { CliError } from '../cli/cli-error.ts'
import { events } from '../cli/events.ts'
import { listFeeds, makeFeed, revokeFeed } from '../cli/feeds.ts'
import { checkReserve, reserve } from '../cli/reserve.ts'
import { signIn } from '../cli/sign-in.ts'
import { watch } from '../cli/watch.ts'
import type { NewEventInput } from '../client/calendar.ts'
import { SETTINGS } from '../ops/settings.ts'
import type { Action } from './actions.ts'
import { calendarOf } from './asked-calendar.ts'
import { numberOf } from './number-option.ts'
import { terminalOf } from './terminal.ts'
import { now } from './wiring.ts'

/** The options as Commander has them. */
interface CalendarOptions {
  readonly at?: string
  readonly token?: string
}

interface EventsOptions extends CalendarOptions {
  readonly from?: string
  readonly nights: string
  readonly mine?: true
}

interface ReserveOptions extends CalendarOptions {
  readonly minutes?: string
  readonly end?: string
  readonly title?: string
  readonly note?: string
  readonly project?: string
  /** The calendar decides whether it is one. */
  readonly type?: NonNullable<NewEventInput['reservation_type']>
  readonly id?: string
  readonly override?: true
  readonly check?: true
}

export const eventsAction: Action = async ({ args: sites, options: given }, io) => {
  const options = given as unknown as EventsOptions
  const { calendar, address, hasToken } = await calendarOf(options, io)
  const { from, mine } = options
  const nights = numberOf('--nights', options.nights) ?? NaN
  const { columns } = terminalOf(io)
  return events(calendar, { address, hasToken, sites, from, nights, isMine: mine === true, now: now(), columns })
}

export const reserveAction: Action = async ({ args: [site = '', start = ''], options: given }, io) => {
  const options = given as ReserveOptions
  const { calendar, wire, address } = await calendarOf(options, io)
  const { id = randomUUID(), end, minutes, title, note, project, type, override, check } = options
  const fields = {
    title,
    reservation_note: note,
    project_id: project,
    reservation_type: type,
    override,
  }
  const sites = await askCalendar(address, () => calendar.sites())
  const asked = { address, id, site, start, end, minutes: numberOf('--minutes', minutes), fields, sites }
  return check ? checkReserve(wire, asked) : reserve(wire, asked)
}

export const cancelAction: Action = async ({ args: [id = ''], options: given }, io) => {
  const options = given as CalendarOptions & { readonly override?: true }
  const { calendar, wire, address } = await calendarOf(options, io)
  return cancel(wire, { address, id, override: options.override, sites: () => calendar.sites() })
}

export const watchAction: Action = async ({ args: sites, options, json: isJson }, io) => {
  const { calendar, wire, address } = await calendarOf(options, io)
  const telescopes = () => calendar.sites()
  return watch(wire, { address, sites, telescopes, isJson, signal: io.interruption(), out: io.out, err: io.err })
}

export const listFeedsAction: Action = async ({ options }, io) => {
  const { wire, address } = await calendarOf(options, io)
  return listFeeds(wire, address)
}

export const makeFeedAction: Action = async ({ options }, io) => {
  const { wire, address } = await calendarOf(options, io)
  return makeFeed(wire, address)
}

export const revokeFeedAction: Action = async ({ args: [id = ''], options }, io) => {
  const { wire, address } = await calendarOf(options, io)
  return revokeFeed(wire, address, id)
}

export const signInAction: Action = async ({ options }, io) => {
  const { calendar, address } = await calendarOf(options, io)
  const { issuer, clientId, audience } = await askCalendar(address, () => calendar.config())
  if (issuer === undefined) throw new CliError('refused', `Nobody can sign in at ${address}.`)
  const problem = SETTINGS.CALENDAR_URL.schema.safeParse(issuer).error?.issues[0]?.message
  if (problem !== undefined)
    throw new CliError('refused', `The address of the sign-in service of ${address} ${problem}.`)
  const say = (line: string) => void io.err.write(`${line}\n`)
  return signIn({ issuer, clientId, audience, signal: io.interruption(), now, say })
}
