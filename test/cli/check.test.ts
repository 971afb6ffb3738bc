import { openSync, writeSync, closeSync, writeFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { check } from '../../src/cli/check.ts'
import { reportFindings } from '../../src/cli/report-findings.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { ada, bo, grace, type TestWorld, proposed, worldOf } from '../context.ts'
import { folder, importFile, LEGACY, capture } from './folder.ts'

/** Creates a store file, runs `work` on the store, closes it, and then runs `sql` directly on the file. */
async function fileAfter(work: (context: TestWorld) => Promise<unknown>, sql = ''): Promise<string> {
  const file = folder()('calendar.db')
  const store = sqliteStore(openDatabase(file), eventCodec)
  await work(worldOf(store, { hasProjectsService: true }))
  await store.close()
  const db = new Sqlite(file)
  db.exec(sql)
  db.close()
  return file
}

async function checked(file: string) {
  const { out, text } = capture()
  const outcome = await reportFindings(file, check(file, eventCodec), out)
  return { ...(outcome.report as { problems: number; notices: number }), text: text() + outcome.text }
}

const make =
  (id: string, by: typeof ada | typeof bo = ada, overrides = {}) =>
  (context: TestWorld) =>
    reserve(proposed({ id, by, ...overrides }), by, { override: false }, context)

describe('a check', () => {
  it('reports nothing for reservations that the calendar itself wrote', async () => {
    const file = await fileAfter(async (context) => {
      await make('a')(context)
      await amend(
        { reference: { id: 'a' }, change: (before) => ({ ...before, start: before.start + 60 }), override: false },
        ada,
        context,
      )
      await cancel({ reference: { id: 'a' } }, ada, context)
      await restore({ id: 'a', number: 1, override: false }, ada, context)
    })
    expect(await checked(file)).toMatchObject({ problems: 0, notices: 0, text: `${file}: 0 problems, 0 notices\n` })
  })

  it('isolates a right-to-left id, and replaces its control characters', async () => {
    const file = await fileAfter(make('עדה\u001b[2J'), 'UPDATE reservations SET revision = 7')
    const { text } = await checked(file)
    expect(text).toContain('\u2068עדה\u{fffd}[2J\u2069: differs from its last revision')
  })

  it('prints a notice for duplicate rows, imported overlaps and undelivered messages', async () => {
    const project = { name: 'M31', createdAt: 'then' }
    const file = await fileAfter(async (context) => {
      await importFile(LEGACY, context)
      await make('a', ada, { project })(context)
    })
    const { problems, text } = await checked(file)
    expect(problems).toBe(0)
    expect(text).toContain('notice: twice: has rows at 2 starts\n')
    expect(text).toMatch(/notice: overlapp\w+ and overlapp\w+ overlap at mrc1, as recorded\n/)
    expect(text).toContain('notice: messages that have not been delivered to the projects service: 1\n')
    expect(text).not.toMatch(/@|vera/i)
  })

  it('prints a notice for an overlap that an admin created with override', async () => {
    const file = await fileAfter(async (context) => {
      await make('a')(context)
      await reserve(proposed({ id: 'b', by: grace }), grace, { override: true }, context)
    })
    expect(await checked(file)).toMatchObject({ problems: 0, notices: 1, text: expect.stringContaining('as recorded') })
  })

  it.each([
    [
      'a column',
      "UPDATE reservations SET observer = 'auth0|eve'",
      'problem: a: column observer differs from its event',
    ],
    ['an end', 'UPDATE reservations SET end = end + 1', 'problem: a: column end differs from its event'],
    [
      'its length class',
      'UPDATE reservations SET length_class = 5',
      'problem: a: column length_class differs from its event',
    ],
    [
      'its event',
      "UPDATE reservations SET doc = replace(doc, 'M31', 'M32')",
      'problem: a: differs from its last revision',
    ],
    [
      'its event, replaced by invalid JSON',
      "UPDATE reservations SET doc = '{'",
      'problem: a: its event cannot be read',
    ],
    ['its revision', 'UPDATE reservations SET revision = 7', 'problem: a: differs from its last revision'],
    ['its masked text', 'UPDATE reservations SET masked = doc', 'problem: a: its masked text is wrong'],
    ['its row, deleted', 'DELETE FROM reservations', 'problem: a: is gone, though its history does not say so'],
    ['its history, deleted', 'DELETE FROM revisions', 'problem: a: differs from its last revision'],
    ['the start of its history', 'UPDATE revisions SET number = 2', 'problem: a: its history has gaps'],
  ])('finds a row whose data was changed outside the calendar: %s', async (_, sql, finding) => {
    const { problems, text } = await checked(await fileAfter(make('a'), sql))
    expect(problems).toBeGreaterThan(0)
    expect(text).toContain(`${finding}\n`)
  })

  it('finds an overlap that no revision records', async () => {
    const file = await fileAfter(async (context) => {
      await make('a')(context)
      await reserve(proposed({ id: 'b', by: bo }), grace, { override: true }, context)
    }, 'UPDATE revisions SET overlapping = NULL')
    expect(await checked(file)).toMatchObject({
      problems: 1,
      text: expect.stringContaining('a and b overlap at saf, and no revision records'),
    })
  })

  it('finds a damaged page, and a file that is not a database', async () => {
    const file = await fileAfter((context) => importFile(LEGACY, context))
    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, 4096)
    closeSync(handle)
    expect((await checked(file)).problems).toBeGreaterThan(0)
    writeFileSync(file, 'not a database at all, but a text that is long enough to be looked at')
    expect(await checked(file)).toMatchObject({ problems: 1 })
  })
})
