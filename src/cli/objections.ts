import type { Event } from '../client/calendar.ts'
import type { ApiError } from '../client/problem.ts'
import type { Site } from '../domain/site.ts'
import { readInterval } from '../wire/time.ts'
import { CliError } from './cli-error.ts'
import type { CommandResult } from './outcome.ts'
import { bothTimes } from './site-times.ts'

type WireInterval = Pick<Event, 'start' | 'end'>

/** What a calendar objects to. */
export interface Objections {
  readonly objections: readonly { readonly code: string; readonly message: string; readonly overridable?: boolean }[]
  /** The nearest free dark time, if it is known. */
  readonly free?: { readonly before: WireInterval | null; readonly after: WireInterval | null }
}

function objectionsIn({ code, message, details }: ApiError): Objections {
  const { errors = [], free } = details
  const objections = errors.flatMap((one) => (one.code === undefined ? [] : [{ ...one, code: one.code }]))
  return { objections: objections.length > 0 ? objections : [{ code, message }], ...(free && { free }) }
}

/** A line for each objection, and for each free time. */
export function objectionsText({ objections, free }: Objections, site: Site | undefined): string {
  const overridable = objections.length > 0 && objections.every((one) => one.overridable === true)
  const times = [free?.before ?? [], free?.after ?? []].flat()
  return [
    ...objections.map(({ message }) => `- ${message}\n`),
    ...times.map((one) => `Free: ${bothTimes(readInterval(one), site)}\n`),
    ...(overridable ? ['--override does it all the same.\n'] : []),
  ].join('')
}

/** The result of a change that was rejected with a 409. @param sentence what was not done */
export function refusal(
  sentence: string,
  { address, site, error }: { readonly address: string; readonly site: Site | undefined; readonly error: ApiError },
): CommandResult {
  const found = objectionsIn(error)
  const { conflicts } = error.details
  return {
    report: { at: address, ...found, ...(conflicts && { conflicts }) },
    text: objectionsText(found, site),
    error: new CliError('objections', sentence, { cause: error }),
  }
}
