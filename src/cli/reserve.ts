import type { Calendar, NewEventInput, NewEventOutput, CheckEventOutput } from '../client/calendar.ts'
import { MINUTE } from '../domain/interval.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import { instantOf, readInterval, writeTime } from '../wire/time.ts'
import { askCalendar, assertNoneMistyped, refusalIn } from './ask-calendar.ts'
import { CliError } from './cli-error.ts'
import { objectionsText, refusal } from './objections.ts'
import type { CommandResult } from './outcome.ts'
import { bothTimes, instantFrom, siteOf } from './site-times.ts'
import { plural } from '../domain/text.ts'
import { quotedId } from './text.ts'

export interface ReserveArguments {
  readonly address: string
  readonly id: string
  readonly site: SiteCode
  /** As ISO 8601 with a zone, or at the site's clock; so is `end`. */
  readonly start: string
  readonly end: string | undefined
  readonly minutes: number | undefined
  /** The rest, as the wire has it. */
  readonly fields: Partial<NewEventInput>
  readonly sites: readonly Site[]
}

/** Reserves time, and says until when and how to cancel it. The same id again is a retry. @throws CliError */
export async function reserve(calendar: Calendar, asked: ReserveArguments): Promise<CommandResult> {
  const { address, id } = asked
  const site = siteAsked(asked)
  try {
    const answer = await askCalendar(address, () => calendar.newEvent(inputOf(asked, site)))
    const { new_calendar_event: event, conflicts } = answer
    return { report: { at: address, event, ...(conflicts && { conflicts }) }, text: textOf(answer, site) }
  } catch (error) {
    const refused = refusalIn(error, 409)
    if (refused) return refusal('Nothing was reserved.', { address, site, error: refused })
    throw error instanceof CliError && ['no_answer', 'busy'].includes(error.code) ? withRetry(error, id) : error
  }
}

/** Whether the calendar would accept it, and every objection. Changes nothing. @throws CliError */
export async function checkReserve(calendar: Calendar, asked: ReserveArguments): Promise<CommandResult> {
  const { address } = asked
  const site = siteAsked(asked)
  const input = inputOf(asked, site)
  const verdict = await askCalendar(address, () =>
    calendar.checkEvent({ as: 'newevent', event: { ...input, override: undefined } }),
  )
  const times = bothTimes({ start: instantOf(input.start), end: instantOf(input.end ?? '') }, site)
  const text = `${asked.site}, ${times}: ${VERDICTS[verdict.would]}\n${objectionsText(verdict, site)}`
  return { report: { at: address, ...verdict }, text, hasProblems: verdict.would !== 'accept' }
}

/** Undefined if its clock is not known. @throws CliError `usage` if it is mistyped */
function siteAsked({ site, sites }: ReserveArguments): Site | undefined {
  assertNoneMistyped([site], sites)
  return siteOf(site, sites)
}

const VERDICTS: Readonly<Record<CheckEventOutput['would'], string>> = {
  accept: 'it would be accepted.',
  override: 'it would be accepted with --override only.',
  refuse: 'it would be refused.',
}

const DEFAULT_MINUTES = 30

function inputOf({ id, site: code, start, end, minutes, fields }: ReserveArguments, site: Site | undefined) {
  if (end !== undefined && minutes !== undefined)
    throw new CliError('usage', 'Both --minutes and --end say when it ends: give one.')
  const from = instantFrom(start, site)
  const to = end === undefined ? from + Math.round((minutes ?? DEFAULT_MINUTES) * MINUTE) : instantFrom(end, site)
  if (to <= from) throw new CliError('usage', 'It must end after it starts.')
  return { ...fields, event_id: id, site: code, start: writeTime(from), end: writeTime(to) }
}

function textOf({ new_calendar_event: event, conflicts = [] }: NewEventOutput, site: Site | undefined): string {
  const overlaps = conflicts.length > 0 ? [`It overlaps ${plural(conflicts.length, 'other reservation')}.\n`] : []
  return [
    `Reserved: ${event.site}, ${bothTimes(readInterval(event), site)}.\n`,
    ...overlaps,
    `To cancel it: photonranch-calendar cancel ${quotedId(event.event_id)}\n`,
  ].join('')
}

/** For an error after which it is not known whether it was done. */
const withRetry = (error: CliError, id: string) =>
  new CliError(error.code, `${error.message} It may have been reserved; run it again with --id ${id}, which is safe.`, {
    cause: error,
  })
