/**
 * The least server that could answer a case: `node:http` that sends fixed bytes (`bare`), or that parses the body and asks
 * the store (`store`). Its argument is JSON.
 */
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Reservation } from '../../src/domain/reservation.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { rowOf } from '../../src/store/sqlite/rows.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { prepare } from '../../src/store/sqlite/statements.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { instantOf } from '../../src/wire/time.ts'
import { nth } from '../lib.ts'
import { CASES } from './cases.ts'

export interface RungOptions {
  readonly kind: 'bare' | 'store'
  readonly case: string
  /** A file with the body of the response that `bare` sends. */
  readonly response: string
  readonly status: number
  readonly database: string
}

type Body = Readonly<Record<string, string>>
type Answer = (body: Body) => Promise<Uint8Array | string>

const options = JSON.parse(process.argv[2] ?? '') as RungOptions
const respond = options.kind === 'bare' ? bare() : fromStore()

const server = createServer((request, response) => {
  if (request.url === '/metrics') {
    const { user, system } = process.cpuUsage()
    response.end(`process_cpu_seconds_total ${(user + system) / 1e6}\n`)
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => respond(Buffer.concat(chunks), response))
}).listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))

function bare(): (body: Buffer, response: ServerResponse) => void {
  const bytes = readFileSync(options.response)
  const headers = { 'Content-Type': 'application/json', 'Content-Length': bytes.length }
  const { status } = options
  return (_, response) =>
    void (status === 304 ? response.writeHead(304).end() : response.writeHead(200, headers).end(bytes))
}

function fromStore(): (body: Buffer, response: ServerResponse) => void {
  const definition = CASES[options.case]
  const answer = definition?.writes ? openInserts() : openReads()
  return (body, response) => {
    void answer(JSON.parse(body.toString()) as Body).then((bytes) => {
      const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(bytes) }
      response.writeHead(200, headers).end(bytes)
    })
  }
}

function openReads(): Answer {
  const now = () => Math.floor(Date.now() / 1000)
  const store = sqliteStore(openDatabase(options.database), eventCodec, { scrub: async () => [], now })
  const answer = CASES[options.case]?.answer
  if (!answer) throw new Error(`The case ${options.case} reads nothing from the store.`)
  return (body) => answer(body, store)
}

/** Inserts the two rows of each new reservation. All that arrive in one turn of the event loop share a transaction. */
function openInserts(): Answer {
  const db = openDatabase(options.database)
  const sql = prepare(db)
  let queue: { readonly body: Body; readonly done: (text: string) => void }[] = []
  const commit = () => {
    const batch = queue
    queue = []
    sql.begin.run()
    const texts = batch.map(({ body }) => insert(body))
    sql.commit.run()
    for (const [n, { done }] of batch.entries()) done(texts[n] ?? '')
  }
  const insert = (body: Body) => {
    const reservation = reservationOf(body)
    const { id, observer, modified: at } = reservation
    const doc = eventCodec.encode(reservation)
    sql.put.run(rowOf(reservation, doc, 1, eventCodec))
    sql.record.run({
      id,
      number: 1,
      at,
      by: observer,
      via: 'reserve',
      before: null,
      after: doc,
      overlapping: null,
      overridden: null,
    })
    return doc
  }
  return (body) =>
    new Promise((done) => {
      if (queue.push({ body, done }) === 1) setImmediate(commit)
    })
}

/** Of as many observers as the calendar's, whose index has as many pages to write then. */
function reservationOf({ event_id: id = '', site = '', start = '', end = '', title = '' }: Body): Reservation {
  const observer = `demo|observer${Number(id.slice('made-'.length)) % (CASES['create']?.connections ?? 1)}`
  return { ...nth(1), id, site, observer, start: instantOf(start), end: instantOf(end), title, resource: site }
}
