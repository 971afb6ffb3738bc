import type { Instant } from '../../domain/interval.ts'
import type { OutboxMessage } from '../../domain/outbox-message.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { inOrder } from '../archive-entry.ts'
import { type Backlog, type Outbox, type PendingMessage, MAX_CLOCK_SKEW } from '../port.ts'
import type { Access } from './durability.ts'
import type { GroupCommit } from './group-commit.ts'
import type { GuardedRead } from './file-guard.ts'
import type { Statements } from './statements.ts'

interface MessageRow {
  readonly event_id: string
  readonly project_name: string
  readonly created_at: string
  readonly action: OutboxMessage['action']
  readonly revision: number
  readonly written_at: number
  readonly attempts: number
  readonly due: number
  readonly claim: string | null
}

const messageOf = (row: MessageRow): OutboxMessage => ({
  action: row.action,
  project: { name: row.project_name, createdAt: row.created_at },
  reservation: row.event_id,
})

const attemptOf = (row: MessageRow) => ({
  message: messageOf(row),
  revision: row.revision,
  writtenAt: row.written_at,
  attempts: row.attempts,
})

const pendingOf = (row: MessageRow): PendingMessage => ({ ...attemptOf(row), due: row.due })

/** Reservation and project of a message, as parameters of the statements. */
const messageKey = ({ reservation: id, project: { name, createdAt } }: OutboxMessage) => ({ id, name, createdAt })

/** Writes a message, replacing an older one for the same reservation and project. */
export function insertMessage({ message, ...rest }: PendingMessage, sql: Statements): void {
  sql.putMessage.run({ ...messageKey(message), action: message.action, ...rest })
}

/** All messages about a reservation, due or not. */
export const messagesUnder = (id: ReservationId, sql: Statements): PendingMessage[] =>
  inOrder((sql.messagesUnder.all(id) as MessageRow[]).map(pendingOf))

/** The outbox of a SQLite file. */
export const openOutbox = ({ sql, view }: Access, commits: GroupCommit, read: GuardedRead): Outbox => ({
  async claim({ now, until, limit, token }) {
    // Avoids a write transaction when no message is due, which is nearly always.
    if ((await read(() => dueAt(now, 1, view.sql))).length === 0) return { claims: [], more: false }
    const rows = await commits(() => {
      const due = dueAt(now, limit, sql)
      for (const row of due) sql.claim.run({ ...messageKey(messageOf(row)), token, until })
      return due
    })
    const claims = rows.map((row) => ({
      ...attemptOf(row),
      attempts: row.attempts + 1,
      token,
      until,
      lapsed: row.claim !== null,
    }))
    return { claims, more: rows.length === limit }
  },
  remove: ({ message, revision, token }) =>
    commits(() => {
      const claimed = { ...messageKey(message), revision, token }
      if (sql.removeMessage.run(claimed).changes === 0) sql.postpone.run({ ...claimed, due: 0, answered: 1 })
    }),
  postpone: ({ message, revision, token }, due, answered) =>
    commits(() => void sql.postpone.run({ ...messageKey(message), revision, token, due, answered: Number(answered) })),
  backlog: () =>
    read((): Backlog => {
      const { depth, oldest } = view.sql.backlog.get() as { depth: number; oldest: number | null }
      return { depth, oldest: oldest ?? undefined }
    }),
})

/** Due messages, the longest due first. */
function dueAt(now: Instant, limit: number, sql: Statements): MessageRow[] {
  const due = sql.due.all(now, limit) as MessageRow[]
  return due.length < limit
    ? [...due, ...(sql.dueTooLate.all(now + MAX_CLOCK_SKEW, limit - due.length) as MessageRow[])]
    : due
}
