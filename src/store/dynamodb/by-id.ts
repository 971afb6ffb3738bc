import { setTimeout as sleep } from 'node:timers/promises'
import type { ReservationId, Revision } from '../../domain/reservation.ts'
import type { RowCodec } from '../store.ts'
import { historyOf, isOurs } from './keys.ts'
import type { Named } from './plan.ts'
import type { Requests } from './requests.ts'
import { byStart, recordedOf, type Recorded, type Row, type RowReader, told } from './rows.ts'

export interface Reading {
  readonly requests: Requests
  readonly rowsOf: RowReader
  readonly codec: RowCodec
}

/** The rows under an id, as they are found. */
export const rowsUnder = async (id: ReservationId, { requests, rowsOf }: Reading): Promise<Row[]> =>
  rowsOf(await requests.query({ KeyConditionExpression: 'event_id = :id', ExpressionAttributeValues: { ':id': { S: id } } })).toSorted(byStart)

/** How often what stands under an id is read when it is not as its last revision left it. */
const READINGS = 3
const BETWEEN_READINGS_MS = 20

/**
 * The last revision is read first: whatever changes the rows after that makes another, and the commit fails. A
 * transaction becomes visible row by row, so what is not as it was left is read again; but the original, after a
 * rollback, may have left it otherwise.
 */
export async function lookUp(id: ReservationId, reading: Reading): Promise<Named> {
  if (isOurs(id)) return { rows: [], last: 0, letter: 0 }
  for (let times = 1; ; times += 1) {
    const [last] = await lastRevisions(id, reading)
    const rows = await rowsUnder(id, reading)
    const asLeft = last?.after === undefined || rows.some(({ revision }) => revision === last.number)
    if (asLeft || times === READINGS) return { rows, last: last?.number ?? 0, letter: last?.letter ?? 0 }
    await sleep(BETWEEN_READINGS_MS)
  }
}

/** What stands under an id, and surely nothing where there is nothing. */
export async function standingUnder(id: ReservationId, reading: Reading): Promise<readonly Row[]> {
  if (isOurs(id)) return []
  const rows = await rowsUnder(id, reading)
  return rows.length > 0 ? rows : (await lookUp(id, reading)).rows
}

async function lastRevisions(id: ReservationId, { requests, codec }: Reading): Promise<Recorded[]> {
  const search = { ...revisionsOf(id), ScanIndexForward: false, Limit: 1 }
  for await (const items of requests.pagesOf(search)) return items.map((item) => recordedOf(item, codec))
  return []
}

const revisionsOf = (id: ReservationId) => ({
  KeyConditionExpression: 'event_id = :id',
  ExpressionAttributeValues: { ':id': { S: historyOf(id) } },
})

export async function historyUnder(id: ReservationId, { requests, codec }: Pick<Reading, 'requests' | 'codec'>): Promise<Revision[]> {
  return (await requests.query(revisionsOf(id))).map((item) => told(recordedOf(item, codec)))
}
