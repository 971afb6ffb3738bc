import { describe, expect, it } from 'vitest'
import { explainErrors, toCliError } from '../../src/cli/explain-error.ts'
import { EXIT, CliError } from '../../src/cli/cli-error.ts'
import { Failure } from '../../src/domain/failure.ts'

const coded = (code: string, name = 'Error') =>
  Object.assign(new Error(`${code}: whatever the system says`), { code, name })
const silent = (cause: Error) =>
  new Failure('unavailable', 'The calendar cannot reach its store just now; please try again.', [], { cause })

describe('explaining an error', () => {
  it.each([
    [coded('ENOENT'), 'not_there', 'x.db is not there.'],
    [coded('EACCES'), 'unusable', 'x.db cannot be used: this account has no permission.'],
    [coded('ENOSPC'), 'full', 'x.db cannot be written: its disk is full.'],
    [coded('SQLITE_FULL', 'SqliteError'), 'full', 'x.db cannot be written: its disk is full.'],
    [coded('SQLITE_BUSY_SNAPSHOT', 'SqliteError'), 'busy', 'x.db is busy: another process is writing to it.'],
    [coded('SQLITE_IOERR_READ', 'SqliteError'), 'unusable', 'x.db cannot be read or written: its disk fails.'],
    [coded('SQLITE_CORRUPT', 'SqliteError'), 'unusable', 'x.db is damaged; restore a backup.'],
    [silent(coded('SQLITE_BUSY', 'SqliteError')), 'busy', 'x.db is busy: another process is writing to it.'],
    [silent(coded('ECONNREFUSED')), 'no_answer', 'x.db does not answer.'],
    [silent(coded('', 'TimeoutError')), 'no_answer', 'x.db does not answer.'],
    [
      silent(coded('', 'ExpiredTokenException')),
      'unusable',
      'x.db cannot be used: the credentials for AWS have expired.',
    ],
    [coded('', 'CorruptResponse'), 'no_answer', 'x.db does not answer as DynamoDB does.'],
    [silent(coded('', 'CorruptResponse')), 'no_answer', 'x.db does not answer as DynamoDB does.'],
    [silent(new Error('it is odd.')), 'no_answer', 'x.db does not answer: it is odd.'],
    [
      new Failure('unavailable', 'The day items have to be built first.'),
      'no_answer',
      'The day items have to be built first.',
    ],
    [new Failure('conflict', 'Error: somebody else is at it'), 'refused', 'somebody else is at it'],
  ])('%s becomes one sentence that names its subject', (error, code, message) => {
    expect(toCliError(error, 'x.db')).toMatchObject({ code, message, exit: EXIT.unable, cause: error })
  })

  it('reports an unknown error as a bug', () => {
    expect(toCliError(new TypeError('x is not a function'), 'x.db')).toMatchObject({
      code: 'bug',
      exit: EXIT.bug,
      message: 'This is a bug in the calendar: x is not a function',
    })
    expect(toCliError('a text')).toMatchObject({ code: 'bug' })
    // A system error without a path, and without a subject from the caller.
    expect(toCliError(coded('ENOENT'))).toMatchObject({ code: 'bug' })
  })

  it('keeps the innermost explanation', async () => {
    const inner = new CliError('exists', 'x is there already.')
    await expect(explainErrors('outer', () => Promise.reject(inner))).rejects.toBe(inner)
    await expect(
      explainErrors('outer', () => {
        throw coded('EISDIR')
      }),
    ).rejects.toMatchObject({ message: 'outer is a folder.' })
  })
})
