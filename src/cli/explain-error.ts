import { Failure } from '../domain/failure.ts'
import { NotACalendar } from '../store/sqlite/schema.ts'
import { LockTaken } from '../store/sqlite/server-lock.ts'
import { CliError, type CliErrorCode } from './cli-error.ts'

type Reason = readonly [code: CliErrorCode, predicate: string]

/** Errors of the operating system, by `errno` code. */
const SYSTEM: Readonly<Record<string, Reason>> = {
  ENOENT: ['not_there', 'is not there'],
  ENOTDIR: ['not_there', 'is not there: a part of its path is not a folder'],
  EACCES: ['unusable', 'cannot be used: this account has no permission'],
  EPERM: ['unusable', 'cannot be used: this account has no permission'],
  EISDIR: ['unusable', 'is a folder'],
  EROFS: ['unusable', 'cannot be written: its file system is read-only'],
  EIO: ['unusable', 'cannot be read or written: its disk fails'],
  EMFILE: ['unusable', 'cannot be opened: too many files are open'],
  EEXIST: ['exists', 'is there already'],
  ENOSPC: ['full', 'cannot be written: its disk is full'],
  EDQUOT: ['full', 'cannot be written: the disk quota of this account is used up'],
  EFBIG: ['full', 'cannot be written: it exceeds the maximum size of a file'],
}

const SQLITE: readonly (readonly [RegExp, ...Reason])[] = [
  [/^SQLITE_(BUSY|LOCKED)/, 'busy', 'is busy: another process is writing to it'],
  [/^SQLITE_FULL/, 'full', 'cannot be written: its disk is full'],
  // SQLite creates the WAL and its index beside the file even to read it.
  [
    /^SQLITE_READONLY_(CANTINIT|DIRECTORY)/,
    'unusable',
    'cannot be opened: this account may not write to its folder, which SQLite needs',
  ],
  [/^SQLITE_READONLY/, 'unusable', 'cannot be written: this account may only read it'],
  [/^SQLITE_(PERM|AUTH)/, 'unusable', 'cannot be used: this account has no permission'],
  [
    /^SQLITE_CANTOPEN/,
    'unusable',
    'cannot be opened: this account may not read and write it, or the folder that it is in',
  ],
  [/^SQLITE_NOTADB/, 'unusable', 'is not a SQLite database'],
  [/^SQLITE_CORRUPT/, 'unusable', 'is damaged; restore a backup'],
  [/^SQLITE_IOERR/, 'unusable', 'cannot be read or written: its disk fails'],
]

/** Errors of AWS, and of its client, that a retry does not help against. */
const AWS: Readonly<Record<string, Reason>> = {
  CorruptResponse: ['no_answer', 'does not answer as DynamoDB does'],
  ResourceNotFoundException: ['not_there', 'is not there'],
  CredentialsProviderError: ['unusable', 'cannot be used: there are no credentials for AWS'],
  UnrecognizedClientException: ['unusable', 'cannot be used: AWS does not know these credentials'],
  InvalidSignatureException: ['unusable', 'cannot be used: AWS does not accept these credentials'],
  ExpiredTokenException: ['unusable', 'cannot be used: the credentials for AWS have expired'],
  AccessDeniedException: ['unusable', 'cannot be used: these credentials lack the permission'],
}

const NO_ANSWER = /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|EPIPE)|TimeoutError/

/**
 * Explains an error in one sentence that names its subject.
 * @param about the file or store that was used; by default, the path that the error names
 */
export function toCliError(error: unknown, about?: string): CliError {
  if (error instanceof CliError) return error
  if (error instanceof Failure) return failureToCliError(error, about)
  if (error instanceof NotACalendar)
    return new CliError(error.exists ? 'unusable' : 'not_there', error.message, { cause: error })
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
  return new CliError(code === 'unavailable' ? 'no_answer' : 'refused', failure.message.replace(/^Error: /, ''), {
    cause: failure,
  })
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

/** Returns what `work` returns. Its errors become errors about this file or store. @throws CliError */
export async function explainErrors<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toCliError(error, name)
  }
}
