/**
 * Checks what clients saw of servers that were killed under them: `npm run bench:history -- [sqlite|dynamodb] [SECONDS]`.
 *
 * Clients change reservations of their own, one change after the other, and read lists meanwhile; a server is killed every
 * few seconds and started again. Each answer and each list is held against what can be true at that moment:
 * an acknowledged change is in every list that is asked for after it, nothing is listed that was never made, and no two
 * reservations of different observers overlap. In the end the projects service must know what the calendar knows.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SignJWT } from 'jose'
import { startDynamo } from '../test/dynamodb.ts'
import { freePort } from '../test/process/calendar.ts'
import { print, verdict } from './lib.ts'

const [store = 'sqlite', seconds = '60'] = process.argv.slice(2)
const SERVERS = store === 'dynamodb' ? 2 : 1
const CLIENTS = 24
const OBSERVERS = 8
const SITES = ['saf', 'mrc1', 'eco1']
const SLOTS = 60
const KILL_EVERY_MS = 4000
const PROJECTS = ['M31 LRGB', 'M13 deep', 'NGC 7000']

const NIGHT = Date.UTC(2031, 5, 20, 4) / 1000
const iso = (at: number) => `${new Date(at * 1000).toISOString().slice(0, 19)}Z`
const one = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T

/** The state of an id as its client knows it; undefined if there is no reservation. */
interface Believed {
  readonly site: string
  readonly start: string
  readonly end: string
  readonly project: string
}
type State = Believed | undefined
const same = (a: State, b: State) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

/** One reservation, which only one client changes. If a change was not answered, it may be in either state. */
interface Owned {
  readonly id: string
  readonly observer: number
  possible: State[]
  /** Counts the begin and the end of each change, so that a list knows whether one was running. */
  version: number
  busy: boolean
}

const faults: string[] = []
const fault = (text: string) => void (faults.length < 20 && (faults.push(text), print(`FAULT ${text}`)))
const counts = { changes: 0, refused: 0, unknown: 0, lists: 0, kills: 0, tellings: 0 }

// --- The projects service: slow, failing and dying at random.
const attached = new Map<string, boolean>()
const service = createServer((request, response) => {
  void (async () => {
    let text = ''
    for await (const part of request) text += part
    const { project_name, created_at, event_id } = JSON.parse(text) as Record<string, string>
    const random = Math.random()
    if (random < 0.1) return void (random < 0.05 ? response.destroy() : response.writeHead(502).end('{}'))
    if (random < 0.2) await sleep(Math.random() * 1500)
    counts.tellings += 1
    attached.set(`${event_id} ${project_name}#${created_at}`, request.url === '/add-project-event')
    response.writeHead(200).end('{}')
    return undefined
  })()
})
service.listen(0, '127.0.0.1')
await once(service, 'listening')

// --- The servers.
const folder = mkdtempSync(join(tmpdir(), 'history-'))
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
writeFileSync(join(folder, 'key.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
const dynamo = store === 'dynamodb' ? await startDynamo() : undefined
const kept = dynamo
  ? { STORE: `dynamodb:${await dynamo.table()}`, DYNAMODB_ENDPOINT: dynamo.endpoint }
  : { STORE: `sqlite:${join(folder, 'calendar.db')}` }

const ports = await Promise.all(Array.from({ length: SERVERS }, freePort))
const running: ChildProcess[] = []
const log = openSync(join(folder, 'log'), 'a')

async function start(index: number): Promise<void> {
  const environment = {
    PATH: process.env['PATH'],
    PORT: String(ports[index]),
    ...kept,
    AUTH_PUBLIC_KEY: join(folder, 'key.pem'),
    PROJECTS_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
    LOG_LEVEL: 'warn',
  }
  const child = spawn(process.execPath, ['--max-old-space-size=256', 'bin/photonranch-calendar.js', 'serve'], {
    env: environment,
    stdio: ['ignore', log, log],
  })
  running[index] = child
  while (
    !(await fetch(`http://127.0.0.1:${ports[index]}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`server ${index} ended with ${child.exitCode}: see ${folder}/log`)
    await sleep(50)
  }
}
await Promise.all(ports.map((_, index) => start(index)))

const tokens = await Promise.all(
  Array.from({ length: OBSERVERS }, (_, n) =>
    new SignJWT({ name: `Observer ${n}`, 'https://photonranch.org/user_metadata': { roles: [] } })
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' })
      .setSubject(`test|${n}`)
      .setAudience('urn:photonranch-calendar')
      .setIssuedAt()
      .setExpirationTime('6h')
      .sign(privateKey),
  ),
)

/** @returns undefined without an answer or for a 5xx: the change may be committed or not */
async function ask(
  verb: string,
  body: object,
  observer?: number,
): Promise<{ status: number; value: never } | undefined> {
  try {
    const headers = observer === undefined ? {} : { Authorization: `Bearer ${tokens[observer]}` }
    const answer = await fetch(`http://127.0.0.1:${one(ports)}/dev/${verb}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers,
      signal: AbortSignal.timeout(20_000),
    })
    const value = JSON.parse(await answer.text()) as never
    return answer.status >= 500 ? undefined : { status: answer.status, value }
  } catch {
    return undefined
  }
}

// --- The clients.
const all = new Map<string, Owned>()
const ending = new AbortController()
const over = ending.signal
let created = 0

interface Wire {
  readonly event_id: string
  readonly site: string
  readonly start: string
  readonly end: string
  readonly creator_id: string
  readonly project_id: string
}
const believed = ({ site, start, end, project_id: project }: Wire): Believed => ({ site, start, end, project })

/** Makes a change whose outcome may stay unknown. @returns the state after it; undefined if it was rejected */
async function change(owned: Owned, verb: string, body: object, applied: State): Promise<void> {
  const before = owned.possible
  owned.busy = true
  owned.possible = [...before, applied]
  const answer = await ask(verb, body, owned.observer)
  counts.changes += 1
  if (!answer) counts.unknown += 1
  else if (answer.status === 200) owned.possible = [applied]
  else {
    counts.refused += 1
    owned.possible = before
  }
  owned.version += 1
  owned.busy = false
  if (!answer) await settle(owned)
}

/** Reads the outcome of an unanswered change, which may still be running for a moment. */
async function settle(owned: Owned): Promise<void> {
  await sleep(store === 'dynamodb' ? 16_000 : 300)
  for (;;) {
    const answer = await ask('get-event', { event_id: owned.id }, owned.observer)
    if (answer?.status === 200 || answer?.status === 404) {
      const found = answer.status === 404 ? undefined : believed(answer.value)
      if (!owned.possible.some((state) => same(state, found)))
        fault(`${owned.id} is ${JSON.stringify(found)}, and can only be ${JSON.stringify(owned.possible)}`)
      owned.possible = [found]
      owned.version += 1
      return
    }
    await sleep(200)
  }
}

const slot = () => {
  const start = NIGHT + Math.floor(Math.random() * SLOTS) * 900
  return { site: one(SITES), start: iso(start), end: iso(start + one([900, 1800, 2700])) }
}

async function client(): Promise<void> {
  const mine: Owned[] = []
  while (!over.aborted) {
    const owned = mine.length < 6 || Math.random() < 0.2 ? undefined : one(mine)
    if (!owned) {
      const fresh: Owned = {
        id: `r${(created += 1)}`,
        observer: created % OBSERVERS,
        possible: [undefined],
        version: 0,
        busy: false,
      }
      all.set(fresh.id, fresh)
      mine.push(fresh)
      const proposed = { ...slot(), project_id: one(['none', `${one(PROJECTS)}#2030-01-01T00:00:00Z`]) }
      await change(
        fresh,
        'newevent',
        { event_id: fresh.id, ...proposed },
        { site: proposed.site, start: proposed.start, end: proposed.end, project: proposed.project_id },
      )
      continue
    }
    const [state] = owned.possible
    if (!state) {
      mine.splice(mine.indexOf(owned), 1)
      continue
    }
    const random = Math.random()
    if (random < 0.35) {
      const to = slot()
      await change(owned, 'modifyevent', { event_id: owned.id, ...to }, { ...to, project: state.project })
    } else if (random < 0.75) {
      const project = one(['none', ...PROJECTS.map((name) => `${name}#2030-01-01T00:00:00Z`)])
      await change(owned, 'modifyevent', { event_id: owned.id, project_id: project }, { ...state, project })
    } else await change(owned, 'delete', { event_id: owned.id }, undefined)
  }
}

const WHOLE = { start: iso(NIGHT - 86_400), end: iso(NIGHT + 2 * 86_400) }

async function lister(): Promise<void> {
  while (!over.aborted) {
    const site = one(SITES)
    const known = new Map([...all].map(([id, { version, possible, busy }]) => [id, { version, possible, busy }]))
    const answer = await ask('siteevents', { site, ...WHOLE })
    if (answer) check(site, answer.value, known)
    counts.lists += answer ? 1 : 0
    await sleep(Math.random() * 100)
  }
}

type Known = ReadonlyMap<string, Pick<Owned, 'version' | 'possible' | 'busy'>>

function check(site: string, events: readonly Wire[], known: Known): void {
  if (!Array.isArray(events)) return fault(`a list is ${JSON.stringify(events).slice(0, 200)}`)
  const listed = new Map(events.map((event) => [event.event_id, event]))
  for (const [id, { version, possible, busy }] of known) {
    const owned = all.get(id)
    // Only what stood still all the while can be held against the list.
    if (busy || !owned || owned.busy || owned.version !== version) continue
    const found = listed.get(id)
    const could = possible.map((state) => (state?.site === site ? state : undefined))
    if (!could.some((state) => same(state, found && believed(found))))
      fault(`${site} lists ${id} as ${JSON.stringify(found && believed(found))}; it is ${JSON.stringify(possible)}`)
  }
  const inOrder = events.toSorted((a, b) => (a.start < b.start ? -1 : 1))
  for (const [index, event] of inOrder.entries()) {
    for (const other of inOrder.slice(index + 1)) {
      if (other.start >= event.end) break
      // A list in DynamoDB is not the picture of one instant, so two that moved meanwhile may seem to overlap.
      const moved = [event, other].some(
        ({ event_id }) => all.get(event_id)?.busy || all.get(event_id)?.version !== known.get(event_id)?.version,
      )
      if (other.creator_id !== event.creator_id && !(moved && store === 'dynamodb'))
        fault(`${event.event_id} and ${other.event_id} overlap at ${site}`)
    }
  }
}

async function killer(): Promise<void> {
  while (!over.aborted) {
    await sleep(KILL_EVERY_MS * (0.5 + Math.random()))
    if (over.aborted) return
    const index = Math.floor(Math.random() * SERVERS)
    const exit = once(running[index] as ChildProcess, 'exit')
    running[index]?.kill('SIGKILL')
    await exit
    counts.kills += 1
    await start(index)
  }
}

const work = [...Array.from({ length: CLIENTS }, client), ...Array.from({ length: 4 }, lister), killer()]
await sleep(Number(seconds) * 1000)
ending.abort()
await Promise.all(work)

// --- In the end.
for (const site of SITES) {
  const known: Known = new Map([...all].map(([id, { version, possible, busy }]) => [id, { version, possible, busy }]))
  const answer = await ask('siteevents', { site, ...WHOLE })
  if (!answer) fault(`${site} cannot be listed in the end`)
  else check(site, answer.value, known)
}

const untold = () =>
  [...all.values()].flatMap(({ id, possible: [state] }) =>
    PROJECTS.map((name) => `${name}#2030-01-01T00:00:00Z`)
      .filter((project) => (attached.get(`${id} ${project}`) ?? false) !== (state?.project === project))
      .map((project) => `${id} ${project}`),
  )
const until = performance.now() + 180_000
while (untold().length > 0 && performance.now() < until) await sleep(500)
for (const pair of untold()) fault(`the projects service ${attached.get(pair) ? 'has' : 'has not'} ${pair}`)

for (const child of running) child.kill('SIGTERM')
await Promise.all(running.map(async (child) => child.exitCode ?? once(child, 'exit')))
service.closeAllConnections()
service.close()
await dynamo?.stop()
print(
  `${store}, ${SERVERS} server${SERVERS > 1 ? 's' : ''}, ${seconds} s: ${JSON.stringify(counts)}, ${all.size} reservations`,
)
print(`${faults.length} faults: ${verdict(faults.length === 0)}`)
if (faults.length === 0) rmSync(folder, { recursive: true })
else print(`The servers' log is ${folder}/log`)
process.exitCode = faults.length === 0 ? 0 : 1
