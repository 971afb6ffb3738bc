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
      throw new CliError(
        'no_answer',
        `No calendar answers at ${address}; --at names another address.${pathHint(address)}`,
        {
          cause: error,
        },
      )
    if (!(error instanceof ApiError)) throw error
    throw new CliError(CODES[error.status] ?? 'refused', `${sentenceOf(error)}${hintAfter(error, address)}`, {
      cause: error,
    })
  }
}

/** One field of what a calendar answers. Where it is missing, another program has answered. @throws CliError */
export const askFor = <T extends object, K extends keyof T>(
  address: string,
  field: K,
  ask: () => Promise<T>,
): Promise<NonNullable<T[K]>> =>
  askCalendar(address, async () => {
    const value = ((await ask()) as T | null)?.[field]
    if (value === undefined || value === null) throw new NetworkError()
    return value
  })

/** What a calendar has refused with this status, if that is the cause of an error of {@link askCalendar}. */
export const refusalIn = (error: unknown, status: number): ApiError | undefined =>
  error instanceof CliError && error.cause instanceof ApiError && error.cause.status === status
    ? error.cause
    : undefined

function hintAfter({ status }: ApiError, address: string): string {
  if (status === 401) return ' CALENDAR_TOKEN or --token gives a token; sign-in prints one.'
  return status === 404 ? pathHint(address) : ''
}

/** The endpoints are never at the root of a server. */
const pathHint = (address: string) =>
  new URL(address).pathname === '/' ? ` The address needs the stage, as ${address}dev.` : ''

/** Fields of the wire, by the options that give them. */
const OPTIONS: Readonly<Record<string, string>> = {
  title: '--title',
  reservation_note: '--note',
  project_id: '--project',
  reservation_type: '--type',
  minutes: '--minutes',
  target: '--target',
  order: '--order',
  darkness: '--darkness',
  limit: '--limit',
  max_airmass: '--max-airmass',
  min_lunar_distance: '--min-lunar-distance',
  max_lunar_phase: '--max-lunar-phase',
}

/** `--type must be …` for `Error: reservation_type must be …`; other sentences with a capital. */
const sentenceOf = ({ message }: ApiError): string => {
  const sentence = message
    .replace(/^Error: /, '')
    .replace(/^missing required key (\w+)$/, (whole, field: string) => (OPTIONS[field] ? `${field} is missing` : whole))
    .replace(/^\w+/, (word) => OPTIONS[word] ?? `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
  return sentence.replace(/\.?$/, '.')
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
