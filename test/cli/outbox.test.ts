import { describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { cancel } from '../../src/service/cancel.ts'
import { reserve } from '../../src/service/reserve.ts'
import { changeMessages } from '../../src/cli/outbox.ts'
import type { Outbox, PendingMessage, Store } from '../../src/store/port.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { ada, proposed, TODAY, worldOf } from '../context.ts'
import { storeInTable } from '../dynamo-store.ts'
import { sharedDynamo } from '../dynamodb.ts'
import { secretOf } from '../webhook-receiver.ts'
import { command, folder } from './folder.ts'

interface Opened {
  readonly environment: Record<string, string>
  readonly store: Store
}

function inFile(): Promise<Opened> {
  const file = folder()('calendar.db')
  const store = sqliteStore(openDatabase(file), eventCodec)
  return Promise.resolve({ environment: { STORE: `sqlite:${file}` }, store })
}

async function inTable(): Promise<Opened> {
  const dynamo = await sharedDynamo()
  const table = await dynamo.table()
  const environment = { STORE: `dynamodb:${table}`, DYNAMODB_ENDPOINT: dynamo.endpoint }
  return { environment, store: storeInTable(dynamo, table, { quotas: true }) }
}

interface Listed {
  readonly messages: readonly { id: string; to: string; event_id: string; revision: number; failed: string | null }[]
  readonly waiting: number
  readonly failed: number
}

/** The messages of two reservations for a receiver and the projects service, one of which has failed, beside an open store. */
async function furnished(open: () => Promise<Opened>) {
  const { environment, store } = await open()
  const context = worldOf(store, { receivers: ['archive', 'notifier'], hasProjectsService: true, sites: new Map() })
  const project = { name: 'M31', createdAt: '2030' }
  await reserve(proposed({ id: 'one', site: 'a', project }), ada, { override: false }, context)
  context.time += 60
  await reserve(proposed({ id: 'two', site: 'b' }), ada, { override: false }, context)
  await cancel({ reference: { id: 'two' } }, ada, context)
  const { claims } = await store.outbox.claim({
    receiver: 'archive',
    now: TODAY + 60,
    until: TODAY + 120,
    limit: 9,
    token: 't',
  })
  for (const claim of claims)
    if (claim.message.reservation === 'one') await store.outbox.fail(claim, TODAY + 99)
    else await store.outbox.postpone(claim, TODAY + 7200, true)
  const run = (...args: string[]) => command(environment, ['outbox', ...args])
  const list = async (...args: string[]) => JSON.parse((await run('list', '--json', ...args)).out) as Listed
  return { store, run, list }
}

describe('changing messages', () => {
  const selection = { ids: [], failed: false, receiver: 'archive', configured: [] }
  const sent = (revision: number): PendingMessage => {
    const message = { receiver: 'archive', reservation: 'one' }
    return { message, revision, writtenAt: TODAY, attempts: 0, due: 0 }
  }

  it('goes page by page, so that it holds few of them', async () => {
    const events: string[] = []
    const outbox: Pick<Outbox, 'messages' | 'retry'> = {
      async *messages() {
        for (const page of [[sent(1), sent(2)], [sent(3)]]) {
          events.push('page')
          yield page
        }
      },
      retry: async ({ revision }) => {
        events.push(`retry ${revision}`)
        return true
      },
    }
    const { text } = await changeMessages(outbox as Outbox, 'retry', selection, 'a store')
    expect(events).toEqual(['page', 'retry 1', 'retry 2', 'page', 'retry 3'])
    expect(text).toBe('3 messages retried\n')
  })
})

describe.each([
  ['SQLite', inFile],
  ['DynamoDB', inTable],
] as const)('the commands for the outbox, beside an open store (%s)', (_, open) => {
  it('list the messages, the oldest first, or those that have failed', async () => {
    const { store, list, run } = await furnished(open)
    const { messages, waiting, failed } = await list()
    expect([messages.length, waiting, failed]).toEqual([7, 6, 1])
    expect(messages.slice(0, 3).map(({ event_id }) => event_id)).toEqual(['one', 'one', 'one'])
    expect(new Set(messages.map(({ id }) => id)).size).toBe(7)
    expect(new Set(messages.map(({ to }) => to))).toEqual(new Set(['archive', 'notifier', 'projects service']))
    expect((await list('--failed')).messages).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
        to: 'archive',
        event_id: 'one',
        revision: 1,
        attempts: 1,
        written: '2030-03-01T00:00:00Z',
        due: null,
        failed: '2030-03-01T00:01:39Z',
      },
    ])
    expect(
      (await list('--receiver', 'archive')).messages.map(({ event_id, revision }) => [event_id, revision]),
    ).toEqual([
      ['one', 1],
      ['two', 1],
      ['two', 2],
    ])
    const { code, out } = await run('list', '--limit', '1')
    expect([code, out.split('\n').length]).toEqual([EXIT.done, 5])
    expect(out).toContain('and 6 more\n6 messages to deliver, 1 failed\n')
    await store.close()
  })

  it('retry a message, and drop those of a receiver', async () => {
    const { store, list, run } = await furnished(open)
    const [{ id } = { id: '' }] = (await list('--failed')).messages
    expect(await run('retry', id)).toEqual({ code: EXIT.done, out: '1 message retried\n', err: '' })
    expect(await list('--receiver', 'archive')).toMatchObject({ waiting: 3, failed: 0 })
    const { claims } = await store.outbox.claim({
      receiver: 'archive',
      now: TODAY + 60,
      until: TODAY + 99,
      limit: 9,
      token: 'u',
    })
    expect(claims).toMatchObject([{ message: { reservation: 'one' }, attempts: 1 }])
    expect(await run('drop', '--receiver', 'archive')).toMatchObject({ code: EXIT.done, out: '3 messages dropped\n' })
    expect((await list()).messages.map(({ to }) => to)).not.toContain('archive')
    await store.close()
  })

  it('name the messages that are not there', async () => {
    const { store, list, run } = await furnished(open)
    const [{ id } = { id: '' }] = (await list('--failed')).messages
    expect(await run('drop', id, 'c0ffee')).toMatchObject({
      code: EXIT.found,
      out: 'There is no message c0ffee.\n1 message dropped\n',
    })
    expect(await run('retry', '--failed')).toMatchObject({ code: EXIT.done, out: '0 messages retried\n' })
    await store.close()
  })

  it('name the receivers where one is mistyped, configured ones and those that messages are for', async () => {
    const { environment, store } = await open()
    const ask = (...args: string[]) => command(environment, ['outbox', ...args])
    const refused = (err: string) => ({ code: EXIT.usage, out: '', err })
    expect(await ask('list', '--receiver', 'archiv')).toEqual(refused('There is no receiver archiv; there are none.\n'))
    environment['WEBHOOKS'] = 'log=https://log.example.org/'
    environment['WEBHOOK_SECRETS'] = `log=${secretOf(1)}`
    const context = worldOf(store, { receivers: ['archive'], sites: new Map() })
    await reserve(proposed({ id: 'one', site: 'a' }), ada, { override: false }, context)
    for (const verb of ['list', 'retry', 'drop'])
      expect(await ask(verb, '--receiver', 'archiv')).toEqual(
        refused('There is no receiver archiv; there are archive, log.\n'),
      )
    expect((await ask('list', '--receiver', 'log')).out).toBe('0 messages to deliver, 0 failed\n')
    expect((await ask('list', '--receiver', 'archive')).out).toContain('1 message to deliver, 0 failed\n')
    await store.close()
  })

  it('do nothing without a selection', async () => {
    const { store, list, run } = await furnished(open)
    for (const verb of ['retry', 'drop'])
      expect(await run(verb)).toEqual({
        code: EXIT.usage,
        out: '',
        err: 'Name messages by their ids, or use --failed or --receiver.\n',
      })
    expect((await run('list', '--limit', '0')).code).toBe(EXIT.usage)
    expect((await list()).messages).toHaveLength(7)
    await store.close()
  })
})
