import { Failure } from '../domain/failure.ts'
import { NotACalendar } from '../store/sqlite/schema.ts'
import { LockTaken } from '../store/sqlite/server-lock.ts'
import { CliError, type CliErrorCode } from './cli-error.ts'

type Reason = readonly [code: CliErrorCode, predicate: string]

/** What the system says, of a file or of an address. */
const SYSTEM: Readonly<Record<string, Reason>> = {
  ENOENT: ['not_there', 'is not there'],
  ENOTDIR: ['not_there', 'is not there: a part of its path is no folder'],
  EACCES: ['unusable', 'cannot be had: this account has no permission'],
  EPERM: ['unusable', 'cannot be had: this account has no permission'],
  EISDIR: ['unusable', 'is a folder'],
  EROFS: ['unusable', 'cannot be written: its file system is read-only'],
  EIO: ['unusable', 'cannot be had: its disk fails'],
  EMFILE: ['unusable', 'cannot be opened: too many files are open'],
  EEXIST: ['exists', 'is there already'],
  ENOSPC: ['full', 'cannot be written: there is no room left on its disk'],
  EDQUOT: ['full', 'cannot be written: there is no room left for this account on its disk'],
  EFBIG: ['full', 'cannot be written: it grows larger than a file may be'],
}

const SQLITE: readonly (readonly [RegExp, ...Reason])[] = [
  [/^SQLITE_(BUSY|LOCKED)/, 'busy', 'is busy: another process is writing to it'],
  [/^SQLITE_FULL/, 'full', 'cannot be written: there is no room left on its disk'],
  // The log and its index stand beside the file, even where it is only read.
  [/^SQLITE_READONLY_(CANTINIT|DIRECTORY)/, 'unusable', 'cannot be opened: this account may not write into its folder, which SQLite has to'],
  [/^SQLITE_READONLY/, 'unusable', 'cannot be written: this account may only read it'],
  [/^SQLITE_(PERM|AUTH)/, 'unusable', 'cannot be had: this account has no permission'],
  [/^SQLITE_CANTOPEN/, 'unusable', 'cannot be opened: this account may not read and write it, or the folder that it is in'],
  [/^SQLITE_NOTADB/, 'unusable', 'is no SQLite database'],
  [/^SQLITE_CORRUPT/, 'unusable', 'is damaged; restore a backup'],
  [/^SQLITE_IOERR/, 'unusable', 'cannot be had: its disk fails'],
]

/** Of Amazon's errors, those that no second try mends. */
const AWS: Readonly<Record<string, Reason>> = {
  ResourceNotFoundException: ['not_there', 'is not there'],
  CredentialsProviderError: ['unusable', 'cannot be had: there are no credentials for AWS'],
  UnrecognizedClientException: ['unusable', 'cannot be had: AWS does not know these credentials'],
  InvalidSignatureException: ['unusable', 'cannot be had: AWS does not accept these credentials'],
  ExpiredTokenException: ['unusable', 'cannot be had: the credentials for AWS have expired'],
  AccessDeniedException: ['unusable', 'cannot be had: these credentials may not use it'],
}

const NO_ANSWER = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|EPIPE)|TimeoutError|Unheard/

/**
 * What went wrong, in one sentence that names what it is about.
 * @param about the file or store that was being used; without it, what the error names
 */
export function toCliError(error: unknown, about?: string): CliError {
  if (error instanceof CliError) return error
  if (error instanceof Failure) return failureToCliError(error, about)
  if (error instanceof NotACalendar) return new CliError(error.exists ? 'unusable' : 'not_there', error.message, { cause: error })
  if (error instanceof LockTaken) return new CliError('busy', error.message, { cause: error })
  const name = about ?? pathOf(error)
  const reason = reasonOf(error)
  if (reason && name !== undefined) return new CliError(reason[0], `${name} ${reason[1]}.`, { cause: error })
  return new CliError('bug', `This is a bug in the calendar: ${messageOf(error)}`, { cause: error })
}

function failureToCliError(failure: Failure, about = 'The store'): CliError {
  const { code, cause } = failure
  if (code === 'unavailable' && cause !== undefined) {
    const [reason, predicate] = reasonOf(cause) ?? ['no_answer', `does not answer: ${messageOf(cause)}`]
    return new CliError(reason, `${about} ${predicate}.`.replace(/\.\.$/, '.'), { cause: failure })
  }
  return new CliError(code === 'unavailable' ? 'no_answer' : 'refused', failure.message.replace(/^Error: /, ''), { cause: failure })
}

function reasonOf(error: unknown): Reason | undefined {
  if (!(error instanceof Error)) return undefined
  const { code = '' } = error as NodeJS.ErrnoException
  const knownError = SYSTEM[code] ?? AWS[error.name]
  if (knownError) return knownError
  const [, ...sqlite] = SQLITE.find(([pattern]) => pattern.test(code)) ?? []
  if (sqlite.length > 0) return sqlite as unknown as Reason
  return NO_ANSWER.test(code || error.name) ? ['no_answer', 'does not answer'] : undefined
}

const pathOf = (error: unknown): string | undefined => {
  const path = (error as { path?: unknown } | undefined)?.path
  return typeof path === 'string' ? path : undefined
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** What `work` gives; what goes wrong in it is about that file or store. @throws Trouble */
export async function explainErrors<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toCliError(error, name)
  }
}
