import type { Instant } from '../src/domain/interval.ts'
import { isForReceiver, type OutboxMessage, type ProjectMessage } from '../src/domain/outbox-message.ts'
import type { Claim, PendingMessage, Store } from '../src/store/port.ts'
import { entriesOf } from './fixtures.ts'
import { TODAY } from './context.ts'

/** Longer than any claim of a worker. */
export const CLAIM = 60

let tokens = 0

/** That a reservation joined a project, or left it. */
export const joined = (
  reservation: string,
  name = 'M31',
  action: ProjectMessage['action'] = 'add-project-event',
): ProjectMessage => ({
  action,
  project: { name, createdAt: '2030-01-01' },
  reservation,
})

export const left = (reservation: string, name = 'M31'): ProjectMessage =>
  joined(reservation, name, 'remove-project-event')

/** The message, which is for the projects service. */
export function toProjects(message: OutboxMessage): ProjectMessage {
  if (isForReceiver(message)) throw new Error(`a message for ${message.receiver}`)
  return message
}

/** Takes all that is due of one reservation, or of all, under a token of its own. */
export async function claimed(store: Store, now: Instant = TODAY, id?: string): Promise<Claim[]> {
  const { claims } = await store.outbox.claim({ now, until: now + CLAIM, limit: 1000, token: `claim-${++tokens}` })
  for (const claim of claims)
    if (id !== undefined && claim.message.reservation !== id) await store.outbox.postpone(claim, 0, true)
  return claims.filter(({ message }) => id === undefined || message.reservation === id)
}

/** Takes all messages that are due out of the outbox, as if they had been told. */
export async function emptied(store: Store, now: Instant = TODAY): Promise<OutboxMessage[]> {
  const claims = await claimed(store, now)
  for (const claim of claims) await store.outbox.remove(claim)
  return claims.map(({ message }) => message)
}

/** All messages there are, due or not; in no order. */
export async function waiting(store: Pick<Store, 'archive'>): Promise<PendingMessage[]> {
  return [...(await entriesOf(store)).values()].flatMap(({ messages }) => messages)
}
