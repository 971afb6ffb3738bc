import { closestMatch } from 'leven'
import { ApiError, NetworkError } from '../client/problem.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import { printable } from '../domain/text.ts'
import { CliError, type CliErrorCode } from './cli-error.ts'

/** The codes for the statuses of a calendar; `refused` for all others. */
const CODES: Readonly<Record<number, CliErrorCode>> = { 400: 'usage', 429: 'busy', 503: 'busy' }

/** What a calendar answers. @param address of the calendar, for the sentence of an error. @throws CliError */
export async function askCalendar<T>(address: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof NetworkError)
      throw new CliError('no_answer', `No calendar answers at ${address}; --at names another address.`, {
        cause: error,
      })
    if (!(error instanceof ApiError)) throw error
    const hint = error.status === 401 ? ' CALENDAR_TOKEN or --token gives a token.' : ''
    throw new CliError(CODES[error.status] ?? 'refused', `${sentenceOf(error)}${hint}`, { cause: error })
  }
}

/** What a calendar has refused with this status, if that is the cause of an error of {@link askCalendar}. */
export const refusalIn = (error: unknown, status: number): ApiError | undefined =>
  error instanceof CliError && error.cause instanceof ApiError && error.cause.status === status
    ? error.cause
    : undefined

/** `Minutes must be …` for `Error: minutes must be …`. */
const sentenceOf = ({ message }: ApiError): string => {
  const [first = '', ...rest] = message.replace(/^Error: /, '')
  return `${first.toUpperCase()}${rest.join('')}`.replace(/\.?$/, '.')
}

/** Throws if a calendar has none of the telescopes that are asked about. @throws CliError `usage` */
export function assertKnown(asked: readonly SiteCode[], known: readonly Site[]): void {
  const codes = known.map(({ code }) => code)
  if (asked.length === 0 || asked.some((code) => codes.includes(code))) return
  const some = codes.length > MAX_NAMED ? [...codes.slice(0, MAX_NAMED), '…'] : codes
  throw new CliError('usage', `The calendar has no telescope ${asked.join(', ')}; it has ${some.join(', ')}.`)
}

/** Telescopes that an error names. */
const MAX_NAMED = 20

/** Codes within this edit distance of a telescope's count as mistyped. */
const MAX_EDIT_DISTANCE = 2

/**
 * Throws if a code is almost that of a telescope or enclosure, but none. Others may be of telescopes whose position is not known.
 * @throws CliError `usage`
 */
export function assertNoneMistyped(asked: readonly SiteCode[], known: readonly Site[]): void {
  const codes = known.flatMap(({ code, wema }) => [code, wema ?? []].flat())
  for (const code of asked) {
    const isSame = (other: SiteCode) => other.toLowerCase() === code.toLowerCase()
    const similar = codes.find(isSame) ?? closestMatch(code, codes, { maxDistance: MAX_EDIT_DISTANCE })
    if (similar !== undefined && !codes.includes(code))
      throw new CliError('usage', `The calendar has no telescope ${printable(code, 64)}. Did you mean ${similar}?`)
  }
}
