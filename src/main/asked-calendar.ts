import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { CliError } from '../cli/cli-error.ts'
import { explainErrors } from '../cli/explain-error.ts'
import { STDIO } from '../cli/outcome.ts'
import { type Calendar, calendarAt } from '../client/calendar.ts'
import { type DomainCalendar, domainCalendarAt } from '../client/domain/calendar.ts'
import { readSettings, SETTINGS, type Settings } from '../ops/settings.ts'
import type { Io } from './io.ts'
import { basePath } from './wiring.ts'

/** The calendar that a command asks. */
export interface AskedCalendar {
  readonly calendar: DomainCalendar
  /** The same in the words of the wire, which retries what is safe. */
  readonly wire: Calendar
  /** Of its endpoints. */
  readonly address: string
  readonly hasToken: boolean
}

/** What `--at` and `--token` name, or else the settings. @throws CliError */
export async function calendarOf(
  { at, token: file }: { readonly at?: string | undefined; readonly token?: string | undefined },
  io: Io,
): Promise<AskedCalendar> {
  const settings = readSettings(io.environment)
  const problem = SETTINGS.CALENDAR_URL.schema.safeParse(at).error?.issues[0]?.message
  if (problem !== undefined) throw new CliError('usage', `--at ${problem}.`)
  const base = new URL((at ?? settings.CALENDAR_URL ?? addressHere(settings)).replace(/\/*$/, '/'))
  const token = file === undefined ? settings.CALENDAR_TOKEN : await readToken(file, io)
  const options = { base, ...(token !== undefined && { token: () => token }) }
  return {
    calendar: domainCalendarAt(options),
    wire: calendarAt(options),
    address: base.href,
    hasToken: token !== undefined,
  }
}

/** The address of a server that runs on this machine with the same settings. */
function addressHere(settings: Settings): string {
  const { HOST, PORT } = settings
  const host = ['0.0.0.0', '::'].includes(HOST) ? '127.0.0.1' : HOST
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT}${basePath(settings)}/`
}

/** From a file and not from the command line, which every user of the machine can read. @throws CliError */
async function readToken(file: string, { input }: Io): Promise<string> {
  const read = () => (file === STDIO ? textOf(input) : readFile(file, 'utf8'))
  const token = (await explainErrors(file === STDIO ? 'Standard input' : file, read)).trim()
  // As a header may have it (RFC 6750), so that no error prints a file that is something else.
  if (/^[\w.~+/-]{1,16000}=*$/.test(token)) return token
  throw new CliError('usage', '--token takes a file that holds a token, or - for standard input.')
}
