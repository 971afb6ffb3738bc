import type { Instant } from '../../domain/interval.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { Letter, Outbox } from '../store.ts'
import { letterKey, OUTBOX } from './keys.ts'
import type { Requests } from './requests.ts'
import { letterOf } from './rows.ts'

/** Every letter there is. */
export const LETTERS = {
  KeyConditionExpression: 'event_id = :id',
  ExpressionAttributeValues: { ':id': { S: OUTBOX } },
}

/** Where that answer is lost and it is sent again, it is not counted twice. */
const later = (at: Instant) => ({
  UpdateExpression: 'SET #attempts = #attempts + :one, #due = :at',
  ConditionExpression: 'attribute_exists(event_id) AND #due <> :at',
  ExpressionAttributeNames: { '#attempts': 'attempts', '#due': 'due' },
  ExpressionAttributeValues: { ':one': { N: '1' }, ':at': { N: String(at) } },
})

export const outboxOf = (requests: Requests): Outbox => ({
  async due(now, limit) {
    const seen = new Set<ReservationId>()
    const due: Letter[] = []
    for await (const items of requests.pagesOf(LETTERS)) {
      for (const { due: notBefore, ...letter } of items.map(letterOf)) {
        if (due.length < limit && !seen.has(letter.news.reservation) && notBefore <= now) due.push(letter)
        seen.add(letter.news.reservation)
      }
      if (due.length >= limit) break
    }
    return due
  },
  delivered: (number) => requests.remove(letterKey(number)),
  postpone: (number, at) => requests.update(letterKey(number), later(at)),
  depth: () => requests.count(LETTERS),
})
