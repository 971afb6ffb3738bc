/** What requests consume in DynamoDB, and how long a race for a night takes. On DynamoDB Local. `npm run bench:dynamo` */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { viewerOf } from '../src/domain/access.ts'
import { DAY, HOUR } from '../src/domain/interval.ts'
import { type Actor, anonymous } from '../src/domain/observer.ts'
import type { Reservation } from '../src/domain/reservation.ts'
import { amend } from '../src/service/amend.ts'
import { attachProject } from '../src/service/attach-project.ts'
import { isTaken } from '../src/service/queries.ts'
import { cancel } from '../src/service/cancel.ts'
import { windowsOf } from '../src/service/commit.ts'
import { readChanges } from '../src/service/changes.ts'
import { reserve } from '../src/service/reserve.ts'
import type { ServiceContext } from '../src/service/context.ts'
import { openClient } from '../src/store/dynamodb/client.ts'
import { dynamoStore } from '../src/store/dynamodb/dynamo-store.ts'
import type { ArchiveEntry, Change, Store } from '../src/store/port.ts'
import { rowCodec } from '../src/wire/legacy.ts'
import { startDynamo } from '../test/dynamodb.ts'
import { contextOf, nth, print, printMachine, quantile, SITES, sorted, WEEK, weekAt } from './lib.ts'

const DEPTHS = [600, 6000]
const RACERS = 64
const ROUNDS = 10

/** The capacity that one request has consumed, as DynamoDB reports it. */
interface Cost {
  readonly operation: string
  readonly units: number
  readonly items: number
}

const dynamo = await startDynamo()

function open(table: string, costs: Cost[] = [], quotas = false): Store {
  const client = counting(
    openClient({ region: 'us-east-1', endpoint: dynamo.endpoint, local: true, timeoutMs: 20_000 }),
    costs,
  )
  let tokens = 0
  const base = Math.random().toString(36).slice(2)
  const elapsed = () => performance.now() / 1000
  return dynamoStore(
    { client, table },
    {
      codec: rowCodec,
      elapsed,
      newToken: () => `${base}-${(tokens += 1)}`,
      random: Math.random,
      report: (message) => print(message),
      quotas,
    },
  )
}

/** Asks for the consumed capacity with every request. */
function counting(client: DynamoDBClient, costs: Cost[]): DynamoDBClient {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' })
      const answer = await next(args)
      const output = answer.output as {
        ConsumedCapacity?: Counted | Counted[]
        Items?: object[]
        Item?: object
        Responses?: Record<string, object[]>
      }
      const asked = args.input as { TransactItems?: object[] }
      const units = [output.ConsumedCapacity ?? []]
        .flat()
        .reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
      const items =
        asked.TransactItems?.length ??
        output.Items?.length ??
        Object.values(output.Responses ?? {}).flat().length + (output.Item ? 1 : 0)
      costs.push({ operation: String(context.commandName).replace('Command', ''), units, items })
      return answer
    },
    { step: 'initialize' },
  )
  return client
}

interface Counted {
  readonly CapacityUnits?: number
}

const worldOf = (store: Store): ServiceContext =>
  contextOf(store, { now: () => Math.floor(Date.now() / 1000), sizeOf: rowCodec.sizeOf })

/** Each request with a short and a long history: the cost must not depend on it. */
async function costs(): Promise<void> {
  const measured = new Map<string, string[]>()
  for (const depth of DEPTHS) {
    const table = await dynamo.table()
    await fill(table, depth)
    const reported: Cost[] = []
    const store = open(table, reported)
    await store.ping()
    const counting = open(table, reported, true)
    await counting.ping()
    for (const [name, ask] of [
      ...requests(store, depth),
      ...withQuota(counting, depth),
      ...changesRequests(store, SITES[0] ?? ''),
    ]) {
      reported.length = 0
      await ask()
      measured.set(name, [...(measured.get(name) ?? []), summary(reported)])
    }
    await store.close()
    await counting.close()
  }
  print(
    `\nwhat a request costs, as DynamoDB counts it: requests, items, units of reading + units of writing; ${A_WEEK}`,
  )
  print(`  ${''.padEnd(42)}${DEPTHS.map((depth) => `${depth} reservations`.padEnd(34)).join('')}`)
  for (const [name, figures] of measured)
    print(`  ${name.padEnd(42)}${figures.map((figure) => figure.padEnd(34)).join('')}`)
}

const A_WEEK = 'sixty reservations a week at each of ten sites'

function summary(costs: readonly Cost[]): string {
  const writes = costs.filter(({ operation }) => operation === 'TransactWriteItems')
  const sum = (some: readonly Cost[]) => some.reduce((total, { units }) => total + units, 0)
  const items = costs.reduce((total, one) => total + one.items, 0)
  return `${costs.length} requests, ${items} items, ${sum(costs) - sum(writes)} + ${sum(writes)}`
}

async function fill(table: string, size: number, nthOf: (n: number) => Reservation = nth): Promise<void> {
  const store = open(table)
  const entries = Array.from({ length: size }, (_, n): ArchiveEntry => {
    const { id, start, observer, ...rest } = nthOf(n)
    const reservation = { id, start, observer, ...rest }
    const history = [
      {
        id,
        number: 1,
        at: start,
        by: observer,
        via: 'reserve' as const,
        before: undefined,
        after: reservation,
        overlapping: [],
      },
    ]
    return { id, reservations: [{ reservation, revision: 1 }], history, messages: [] }
  })
  for (let from = 0; from < size; from += 500) await store.archive.importAll(entries.slice(from, from + 500))
  await store.archive.finalize()
  await store.close()
}

const ada: Actor = { role: 'observer', id: 'auth0|1', name: 'Observer 1' }
const bo: Actor = { role: 'observer', id: 'auth0|2', name: 'Observer 2' }

/** In order, since each depends on the ones before it. */
function requests(store: Store, depth: number): [string, () => Promise<unknown>][] {
  const context = worldOf(store)
  const site = SITES[0] ?? ''
  const middle = weekAt(0.5, depth)
  const far = Date.UTC(2031, 0, 6) / 1000
  const proposed = (id: string, from: number, by = ada): Reservation => ({
    ...nth(1),
    id,
    site,
    start: far + from,
    end: far + from + HOUR,
    observer: by === ada ? 'auth0|1' : 'auth0|2',
    project: undefined,
  })
  const options = { override: false }
  return [
    ['siteevents, a week', () => store.listBytes({ sites: [site], during: middle }, viewerOf(anonymous))],
    [
      'siteevents, a night',
      () =>
        store.listBytes(
          { sites: [site], during: { start: middle.start, end: middle.start + DAY } },
          viewerOf(anonymous),
        ),
    ],
    [
      'siteevents, a week without any',
      () => store.listBytes({ sites: [site], during: { start: far, end: far + WEEK } }, viewerOf(anonymous)),
    ],
    [
      'get-event-at-time',
      () =>
        store.listBytes(
          { sites: [site], during: { start: middle.start + 60, end: middle.start + 61 } },
          viewerOf(anonymous),
        ),
    ],
    [
      'user-events-ending-after-time',
      () => store.listBytes({ observer: 'auth0|1', endingFrom: weekAt(1, depth).start }, viewerOf(anonymous)),
    ],
    ['does-conflicting-event-exist', () => isTaken('auth0|1', site, { start: far, end: far + HOUR }, context)],
    ['get-event', () => store.find(nth(0).id)],
    ['newevent', () => reserve(proposed('a', 0), ada, options, context)],
    ['newevent, in the same night', () => reserve(proposed('b', 2 * HOUR), ada, options, context)],
    ['newevent, a retry', () => reserve(proposed('a', 0), ada, options, context)],
    ['newevent, refused', () => reserve(proposed('c', 0, bo), bo, options, context).catch(() => undefined)],
    [
      'modifyevent, a note',
      () => amend({ reference: { id: 'a' }, change: (before) => ({ ...before, note: 'x' }), ...options }, ada, context),
    ],
    [
      'modifyevent, to another night',
      () =>
        amend(
          {
            reference: { id: 'a' },
            change: (before) => ({ ...before, start: far + 3 * DAY, end: far + 3 * DAY + HOUR }),
            ...options,
          },
          ada,
          context,
        ),
    ],
    [
      'add-projects-to-events, one',
      () => attachProject({ name: 'M31', createdAt: '2030' }, [{ id: 'a' }], anonymous, context),
    ],
    ['delete', () => cancel({ reference: { id: 'a' } }, ada, context)],
    ['outbox, when it is empty', () => store.outbox.claim({ now: 0, until: 1, limit: 20, token: 'bench' })],
  ]
}

/** Pages of the change feed. */
function changesRequests(store: Store, site: string): [string, () => Promise<unknown>][] {
  const { feed } = store
  const here = new Set([site])
  let cursor = ''
  const ask = (sites?: ReadonlySet<string>) =>
    readChanges({ since: cursor, sites }, feed, () => ({ text: '', bytes: 500 }))
  return [
    ['changes, the present cursor', async () => (cursor = (await feed.end()).id)],
    ['changes at one site, none', () => ask(here)],
    ['changes at ten sites, none', () => ask(new Set(SITES))],
    ['changes at all sites, none', () => ask()],
    [
      'newevent, before changes',
      () =>
        reserve({ ...nth(1), id: 'z', site, start: 4e9, end: 4e9 + HOUR }, ada, { override: false }, worldOf(store)),
    ],
    ['changes at one site, one', () => ask(here)],
    ['newevents, a hundred', () => made(store, site, 100)],
    ['changes at one site, a hundred and one', () => ask(here)],
  ]
}

/** Makes reservations one after the other. */
async function made(store: Store, site: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const start = 4.1e9 + n * 3 * DAY
    await reserve(
      { ...nth(1), id: `made-${n}`, site, start, end: start + HOUR },
      ada,
      { override: false },
      worldOf(store),
    )
  }
}

/** Changes that count the observer's reservations: two or three lie ahead. */
function withQuota(store: Store, depth: number): [string, () => Promise<unknown>][] {
  const far = Date.UTC(2032, 0, 5) / 1000
  const endingFrom = weekAt(1, depth).start
  const proposed = (id: string, start: number): Reservation => ({
    ...nth(1),
    id,
    start,
    end: start + HOUR,
    observer: 'auth0|1',
    project: undefined,
  })
  const change = (one: Pick<Change, 'before' | 'after'>, id: string) => () =>
    store.change(
      {
        ids: [id],
        windows: () => (one.after ? windowsOf(one.after, new Map()) : []),
        observers: () => (one.after ? [{ observer: 'auth0|1', endingFrom }] : []),
      },
      () => ({ changes: [{ ...one, at: far, by: 'auth0|1', via: 'reserve' }], answer: undefined }),
    )
  const [first, second] = [proposed('q', far), proposed('r', far + DAY)]
  const moved = { ...second, start: far + 2 * DAY, end: far + 2 * DAY + HOUR }
  return [
    ['newevent, the first that is counted', change({ after: first }, 'q')],
    ['newevent, counted', change({ after: second }, 'r')],
    ['modifyevent, counted', change({ before: { reservation: second, revision: 1 }, after: moved }, 'r')],
    ['delete, with quotas', change({ before: { reservation: moved, revision: 2 } }, 'r')],
  ]
}

/** Observers race for one night, then for the next. */
async function races(what: string, processes: number): Promise<void> {
  const table = await dynamo.table()
  const stores = Array.from({ length: processes }, () => open(table))
  const times: number[] = []
  const winners: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    const start = Date.UTC(2031, 0, 1 + round, 3) / 1000
    const outcomes = await Promise.all(
      Array.from({ length: RACERS }, async (_, n) => {
        const by: Actor = { role: 'observer', id: `auth0|${n}`, name: `Observer ${n}` }
        const proposed = {
          ...nth(1),
          id: `${round}-${n}`,
          site: 'saf',
          observer: by.id,
          start,
          end: start + 9 * HOUR,
          project: undefined,
        }
        const startedAt = performance.now()
        const outcome = await reserve(proposed, by, { override: false }, worldOf(stores[n % processes] as Store)).then(
          () => 'won',
          (error: { code?: string }) => error.code,
        )
        return { outcome, ms: performance.now() - startedAt }
      }),
    )
    if (round === 0) continue
    times.push(...outcomes.map(({ ms }) => ms))
    winners.push(outcomes.filter(({ outcome }) => outcome === 'won').length)
    const others = outcomes.filter(({ outcome }) => outcome !== 'won' && outcome !== 'conflict')
    if (others.length > 0)
      print(
        `  in round ${round} ${others.length} were told ${[...new Set(others.map(({ outcome }) => outcome))].join(', ')}`,
      )
  }
  print(`\n${RACERS} observers racing for a night, ${ROUNDS} nights, ${what}`)
  print(`  winners of each night: ${[...new Set(sorted(winners))].join(', ')}`)
  print(
    `  until one is told: half within ${quantile(times, 0.5).toFixed(0)} ms, 99 % within ${quantile(times, 0.99).toFixed(0)} ms, all within ${Math.max(...times).toFixed(0)} ms`,
  )
  for (const store of stores) await store.close()
}

const DETACHED = 5000

/** Detaches a project from as many reservations as one call may name, sixty a week at each of ten sites. */
async function detaching(whose: string, of: (n: number) => Partial<Reservation>): Promise<void> {
  const table = await dynamo.table()
  const far = Date.UTC(2031, 0, 6) / 1000
  const project = { name: 'M31', createdAt: '2030' }
  await fill(table, DETACHED, (n) => {
    const start = far + nth(n).start - nth(0).start
    return { ...nth(n), start, end: start + HOUR, project, ...of(n) }
  })
  const reported: Cost[] = []
  const store = open(table, reported)
  const references = Array.from({ length: DETACHED }, (_, n) => ({ id: nth(n).id }))
  const before = process.cpuUsage()
  const startedAt = performance.now()
  const answer = await attachProject(undefined, references, anonymous, { ...worldOf(store), hasProjectsService: true })
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(before)
  const done = answer.filter(({ status }) => status === 'updated').length
  const transactions = reported.filter(({ operation }) => operation === 'TransactWriteItems')
  print(
    `\na project is taken off ${done} of ${DETACHED} reservations ${whose}: ${seconds.toFixed(1)} s, of which ${((user + system) / 1e6).toFixed(1)} s are of our own processor`,
  )
  print(
    `  ${reported.length - transactions.length} questions, ${transactions.length} transactions of ${transactions.reduce((sum, { items }) => sum + items, 0)} items in all`,
  )
  await store.close()
}

printMachine()
try {
  await costs()
  await detaching('of one observer', () => ({ observer: 'auth0|1' }))
  await detaching('of five hundred observers', () => ({}))
  await races('in one process, as on a server', 1)
  await races('each over a store of its own, as on Lambda', RACERS)
} finally {
  await dynamo.stop()
}
