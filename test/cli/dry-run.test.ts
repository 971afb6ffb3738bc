import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { HOUR } from '../../src/domain/interval.ts'
import { openStore } from '../../src/main/stores.ts'
import { readSettings } from '../../src/ops/settings.ts'
import { cancel } from '../../src/service/cancel.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { Store } from '../../src/store/port.ts'
import { eventOf } from '../../src/wire/event.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { ada, bo, grace, TODAY, proposed, worldOf } from '../context.ts'
import { command, folder, LEGACY } from './folder.ts'

const PEOPLE = [ada, bo]
/** Few different values, so that ids and times collide. */
const one = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'calendar#e', 'f'),
  hour: fc.integer({ min: 0, max: 4 }),
  hours: fc.integer({ min: 1, max: 3 }),
  site: fc.constantFrom('saf', 'mrc1'),
  by: fc.constantFrom(0, 1),
  title: fc.constantFrom('one', 'another'),
})
type One = typeof one extends fc.Arbitrary<infer T> ? T : never
const reservationOf = ({ id, hour, hours, site, by, title }: One) =>
  proposed({ id, site, title, by: PEOPLE[by] ?? ada, start: TODAY + hour * HOUR, end: TODAY + (hour + hours) * HOUR })

const row = one.map((overrides) => JSON.stringify(eventOf(reservationOf(overrides))))
const odd = fc.constantFrom(
  '',
  '{',
  '[]',
  '{"event_id":"x"}',
  '{"event_id":"big","site":"saf","start":"2030-03-01T00:00:00Z","x":1e400}',
)
const lines = fc.array(fc.oneof({ weight: 8, arbitrary: row }, { weight: 1, arbitrary: odd }), {
  minLength: 1,
  maxLength: 25,
  size: 'max',
})
/** The reservations in the store before: imported, created, or created and deleted. */
const before = fc.array(fc.record({ given: one, how: fc.constantFrom('imported', 'created', 'deleted') }), {
  maxLength: 6,
})

let at: (name: string) => string
beforeEach(() => {
  at = folder()
})

/** Runs a dry run and then the import of the same file. */
async function both(environment: Record<string, string>, file: string) {
  const args = ['import', file, '--json']
  const dry = await command(environment, [...args, '--dry-run'])
  const done = await command(environment, args)
  return {
    dry: { ...dry, report: { ...(JSON.parse(dry.out) as object), dry_run: false } },
    done: { ...done, report: JSON.parse(done.out) as object },
  }
}

async function prepare(
  store: Store,
  stored: readonly { given: One; how: string }[],
  file: string,
  environment: Record<string, string>,
) {
  const context = worldOf(store)
  for (const { given: overrides, how } of stored) {
    const reservation = reservationOf(overrides)
    if (how === 'imported') {
      writeFileSync(file, JSON.stringify(eventOf(reservation)))
      await command(environment, ['import', file])
      continue
    }
    await reserve(reservation, grace, { override: true }, context).catch(() => undefined)
    if (how === 'deleted') await cancel({ reference: { id: reservation.id } }, grace, context).catch(() => undefined)
  }
}

async function expectSameReport(
  environment: Record<string, string>,
  stored: readonly { given: One; how: string }[],
  text: readonly string[],
  content: () => Promise<unknown>,
) {
  const store = await openStore({ settings: readSettings(environment), report: () => undefined, create: true })
  await prepare(store, stored, at('one.jsonl'), environment)
  await store.close()
  writeFileSync(at('rows.jsonl'), text.join('\n'))
  const was = await content()
  const dry = await command(environment, ['import', at('rows.jsonl'), '--json', '--dry-run'])
  expect(await content()).toEqual(was)
  const done = await command(environment, ['import', at('rows.jsonl'), '--json'])
  expect({ ...(JSON.parse(dry.out) as object), dry_run: false }).toEqual({
    dry_run: false,
    ...(JSON.parse(done.out) as object),
  })
  expect(dry.code).toBe(done.code)
}

const scratch = () => readdirSync(tmpdir()).filter((name) => name.startsWith('calendar-dry-run-'))

describe('a dry run of an import into a file', () => {
  it('reports exactly what the import then does, and does not change the file', async () => {
    let n = 0
    await fc.assert(
      fc.asyncProperty(before, lines, async (stored, text) => {
        const file = at(`calendar-${++n}.db`)
        await expectSameReport({ STORE: `sqlite:${file}` }, stored, text, () =>
          Promise.resolve(readFileSync(file).toString('base64')),
        )
      }),
      { numRuns: 15 },
    )
  })

  it('reports the same as the import for rows of the original, and creates no store', async () => {
    const environment = { STORE: `sqlite:${at('data/calendar.db')}` }
    const dry = await command(environment, ['import', '--dry-run', LEGACY])
    expect(dry).toMatchObject({
      code: EXIT.found,
      err: `${environment.STORE} is not there: a new calendar would be created.\n`,
    })
    expect(dry.out).toContain('31 rows, 26 would be imported, 0 already there, 5 skipped\n')
    expect(dry.out).toMatch(/\nNothing was written\.\n$/)
    expect(readdirSync(at('.'))).toEqual([])
    const { dry: again, done } = await both(environment, LEGACY)
    expect(again.report).toEqual(done.report)
  })

  it('leaves no temporary file, even when interrupted', async () => {
    const environment = { STORE: `sqlite:${at('calendar.db')}` }
    await command(environment, ['import', LEGACY])
    const size = statSync(at('calendar.db')).size
    const there = scratch()
    await command(environment, ['import', '--dry-run', LEGACY])
    expect(
      await command(environment, ['import', '--dry-run', LEGACY], { signal: AbortSignal.abort('SIGTERM') }),
    ).toMatchObject({ code: 143, out: '' })
    expect(scratch()).toEqual(there)
    expect(statSync(at('calendar.db')).size).toBe(size)
  })

  it('reports the error that the import would report', async () => {
    const missing = { STORE: `sqlite:${at('nowhere.db')}`, STORE_MUST_EXIST: 'true' }
    expect(await command(missing, ['import', '--dry-run', LEGACY])).toMatchObject({
      code: EXIT.unable,
      err: `${at('nowhere.db')} is not there.\n`,
    })
    writeFileSync(at('letter.db'), 'Dear Ada, the dome is stuck again. '.repeat(100))
    expect(await command({ STORE: `sqlite:${at('letter.db')}` }, ['import', '--dry-run', LEGACY])).toMatchObject({
      code: EXIT.unable,
      err: `sqlite:${at('letter.db')} is not a SQLite database.\n`,
    })
  })
})

describe('a dry run of an import into a table', () => {
  let dynamo: Dynamo
  beforeAll(async () => {
    dynamo = await sharedDynamo()
  })
  const contentOf = (table: string) => async () => {
    const { Items = [] } = await dynamo.client.send(new ScanCommand({ TableName: table, ConsistentRead: true }))
    return Items.map((item) => JSON.stringify(item, Object.keys(item).toSorted())).toSorted()
  }

  it('reports exactly what the import then does, and does not change the table', async () => {
    await fc.assert(
      fc.asyncProperty(before, lines, async (stored, text) => {
        const table = await dynamo.table()
        await expectSameReport(
          { STORE: `dynamodb:${table}`, DYNAMODB_ENDPOINT: dynamo.endpoint },
          stored,
          text,
          contentOf(table),
        )
      }),
      { numRuns: 3 },
    )
  })

  it('reports rows that are too large for a DynamoDB item', async () => {
    const table = await dynamo.table()
    const environment = { STORE: `dynamodb:${table}`, DYNAMODB_ENDPOINT: dynamo.endpoint }
    const [large, small] = [proposed({ id: 'large', extra: { x: 'x'.repeat(400_000) } }), proposed({ id: 'small' })]
    writeFileSync(at('rows.jsonl'), [large, small].map((each) => JSON.stringify(eventOf(each))).join('\n'))
    const { dry, done } = await both(environment, at('rows.jsonl'))
    expect(dry.report).toEqual(done.report)
    expect(done.report).toMatchObject({ imported: 1, skipped: { reasons: { 'the store cannot hold it': 1 } } })
  })

  it('reports that the day items must be built first', async () => {
    const table = await dynamo.table()
    const environment = { STORE: `dynamodb:${table}`, DYNAMODB_ENDPOINT: dynamo.endpoint }
    const { PutItemCommand } = await import('@aws-sdk/client-dynamodb')
    await dynamo.client.send(
      new PutItemCommand({ TableName: table, Item: { event_id: { S: 'old' }, start: { S: '2022-06-20T16:15:00Z' } } }),
    )
    const { dry, done } = await both(environment, LEGACY)
    expect(dry).toMatchObject({ code: EXIT.unable, err: expect.stringContaining('day-index rebuild') })
    expect({ code: dry.code, err: dry.err }).toEqual({ code: done.code, err: done.err })
  })
})
