import { createHash } from 'node:crypto'
import type { Viewer } from '../domain/access.ts'
import type { Revision } from '../domain/reservation.ts'
import type { WebhookBody } from '../wire/responses.ts'
import { writeTime } from '../wire/time.ts'
import { wireChange } from './wire-change.ts'

const EVERYTHING: Viewer = { sees: 'everything' }

/** The webhook about a revision: its id and its body are the same in every attempt, and for every receiver. */
export function webhookOf(revision: Revision): { readonly id: string; readonly body: string } {
  const { id, number, at } = revision
  // With the time: a calendar that goes on from an old backup uses the numbers of revisions again.
  const hash = createHash('sha256').update(JSON.stringify([id, number, at]))
  const { cursor: _, ...data } = wireChange(revision, '', EVERYTHING)
  const body: WebhookBody = { type: `reservation.${verbOf(revision)}`, timestamp: writeTime(at), data }
  return { id: `msg_${hash.digest('base64url').slice(0, 27)}`, body: JSON.stringify(body) }
}

/** A reservation that is brought back after it was deleted is restored; one that is set back to an earlier revision is changed. */
function verbOf({ before, after, via }: Revision) {
  if (!after) return 'deleted'
  if (before) return 'changed'
  return via === 'restore' ? 'restored' : 'created'
}
