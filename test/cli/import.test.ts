import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventOf } from '../../src/wire/event.ts'
import { importRows } from '../../src/cli/import.ts'
import { cancel } from '../../src/service/cancel.ts'
import { reserve } from '../../src/service/reserve.ts'
import { bo, grace, memoryStore, type TestWorld, proposed, worldOf } from '../context.ts'
import { everything, folder, importFile, LEGACY } from './folder.ts'

let context: TestWorld
beforeEach(() => void (context = worldOf(memoryStore())))
afterEach(() => context.store.close())

async function importText(content: string | Uint8Array) {
  const file = folder()('rows.jsonl')
  writeFileSync(file, content)
  const { text, ...report } = await importFile(file, context)
  return { report, text }
}

const plain = (...rows: Parameters<typeof eventOf>[0][]) => rows.map((row) => JSON.stringify(eventOf(row))).join('\n')

describe('an import', () => {
  it('imports rows of the original, and reports repairs', async () => {
    const { text, ...report } = await importFile(LEGACY, context)
    expect(report).toMatchObject({
      rows: 31,
      imported: 26,
      alreadyThere: 0,
      skipped: { count: 5 },
      overlaps: { count: 1 },
    })
    expect(text.slice(text.indexOf(':'))).toMatchInlineSnapshot(`
      ": 31 rows, 26 imported, 0 already there, 5 skipped

      Repaired
        end was missing: 30 minutes assumed: 1 row (no-end)
        reservation_type was missing: realtime assumed: 1 row (no-type)
        project_id was not valid: none assumed: 2 rows (project-number, project-no-hash)
        creator_id was missing: unknown assumed: 1 row (no-creator-id)
        creator was missing: Observer assumed: 1 row (null-names)
        title was missing: the creator assumed: 1 row (null-names)
        reservation_type was not valid: realtime assumed: 1 row (unheard-of)
        project_priority was not valid: standard assumed: 1 row (unheard-of)

      Skipped
        end is not after start: 1 row
        start is not a date and time: 1 row
        end is not a date and time: 1 row
        site is missing: 1 row
        event_id is missing: 1 row

      Skipped rows
        line 26, ends-first: end is not after start
        line 27, start-no-date: start is not a date and time
        line 28, end-no-date: end is not a date and time
        line 29, no-site: site is missing
        line 30: event_id is missing

      Overlapping, imported as they were
        overlapping overlaps overlapped
      "
    `)
  })

  it('prints no personal names', async () => {
    expect((await importFile(LEGACY, context)).text).not.toMatch(/@|vera|cecilia|submitter/i)
  })

  it('changes nothing if it is repeated, also from a compressed copy', async () => {
    await importFile(LEGACY, context)
    const before = await everything(context.store)
    const { report } = await importText(gzipSync(readFileSync(LEGACY)))
    expect(report).toMatchObject({ imported: 0, alreadyThere: 26, skipped: { count: 5 } })
    expect(report.repairs.size).toBe(0)
    expect(await everything(context.store)).toEqual(before)
  })

  it('reads plain objects, and continues after a broken line', async () => {
    const [first, second] = [proposed(), proposed()]
    const { report, text } = await importText(
      `${plain(first)}\n{"event_id": "x", "creator": "eve@example.org\n${plain(second)}`,
    )
    expect(report).toMatchObject({ rows: 3, imported: 2, skipped: { count: 1 } })
    expect(text).toContain('  line 2: the line is not JSON\n')
    expect(text).not.toContain('eve@')
  })

  it('skips rows that overlap a reservation of the store, or were deleted from it', async () => {
    const [created, gone, row] = [
      proposed({ id: 'made', by: bo }),
      proposed({ id: 'gone', site: 'mrc1' }),
      proposed({ id: 'row' }),
    ]
    await reserve(created, bo, { override: false }, context)
    await importText(plain(gone))
    await cancel({ reference: { id: 'gone' } }, grace, context)
    const { report, text } = await importText(plain(row, gone))
    expect(report).toMatchObject({ imported: 0, skipped: { count: 2 } })
    expect(text).toContain(
      '  line 1, row: it overlaps made, which the store has\n  line 2, gone: it was deleted from the store\n',
    )
  })

  it('imports the complete rows of a truncated file, and reports the error', async () => {
    const rows = Array.from({ length: 2000 }, (_, hour) =>
      proposed({ id: crypto.randomUUID(), start: hour * 3600, end: (hour + 1) * 3600 }),
    )
    const bytes = gzipSync(plain(...rows))
    const { report, text } = await importText(bytes.subarray(0, bytes.length / 2))
    expect(report.error).toMatchObject({
      code: 'broken_file',
      message: expect.stringContaining('cannot be read to its end: the compressed data ends too early.'),
    })
    expect(report.imported).toBeGreaterThan(0)
    expect(await everything(context.store)).toHaveLength(report.imported)
    expect(text).toContain(`${report.imported} imported`)
    expect((await importText(bytes)).report).toMatchObject({
      imported: 2000 - report.imported,
      alreadyThere: report.imported,
    })
  })

  it('prints no control characters of an id', async () => {
    const { text } = await importText(`${plain(proposed())}\n{"event_id":"\\u001b[2Jx","start":"?","site":"saf"}`)
    expect(text).toContain('\u{fffd}[2Jx: start is not')
  })

  it('limits the size of its report', async () => {
    const { report, text } = await importText(`${plain(proposed())}\n${'{}\n'.repeat(1500)}`)
    expect(report.skipped).toMatchObject({ count: 1500, first: { length: 1000 } })
    expect(text).toContain('  and 500 more\n')
  })

  it('holds a limited number of lines in memory, and fewer if they are long', async () => {
    const events = (count: number, extra: object) =>
      Array.from({ length: count }, (_, n) => ({
        ...eventOf(proposed({ id: `row-${n}`, start: n * 3600, end: (n + 1) * 3600 })),
        ...extra,
      }))
    for (const [count, size, max] of [
      [1000, 500, 200],
      [40, 1_500_000, 3],
    ] as const) {
      let pulled = 0
      async function* lines() {
        for (const [index, row] of events(count, {}).entries()) {
          pulled += 1
          yield { number: index + 1, file: undefined, size, row: row as Record<string, unknown> }
        }
      }
      let opened: number | undefined
      const open = () => {
        opened = pulled
        return Promise.resolve(worldOf(memoryStore()))
      }
      await importRows(
        { lines: lines(), size: 0, bytesRead: () => 0, firstCharacter: () => '{' },
        { file: 'x', store: 'y', open },
      )
      expect([opened, pulled]).toEqual([max, count])
    }
  })

  it('imports rows that depend on each other in the order of the file', async () => {
    const [first, second] = [proposed({ id: 'same', title: 'first' }), proposed({ id: 'same', title: 'second' })]
    const { report } = await importText(plain(first, second))
    expect(report).toMatchObject({
      imported: 1,
      skipped: { first: [{ line: 2, id: 'same', reason: 'the store has another event of this id' }] },
    })
  })
})
