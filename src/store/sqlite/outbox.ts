import { yieldToEventLoop } from '../../concurrency.ts'
import { isForReceiver, type OutboxMessage, type ProjectMessage } from '../../domain/outbox-message.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { inOrder } from '../archive-entry.ts'
import type { Backlog, Outbox, PendingMessage } from '../port.ts'
import type { Access } from './durability.ts'
import type { GroupCommit } from './group-commit.ts'
import type { GuardedRead } from './file-guard.ts'
import { MESSAGES_PER_TURN, type Statements } from './statements.ts'

interface MessageRow {
  readonly event_id: string
  readonly receiver: string
  readonly project_name: string
  readonly created_at: string
  readonly action: ProjectMessage['action'] | null
  readonly revision: number
  readonly written_at: number
  readonly attempts: number
  readonly due: number
  readonly claim: string | null
  readonly failed_at: number | null
}

/** What the column `receiver` holds for the projects service. */
const PROJECTS_SERVICE = ''

const messageOf = ({ event_id: reservation, receiver, action, project_name, created_at }: MessageRow): OutboxMessage =>
  action === null
    ? { receiver, reservation }
    : { action, project: { name: project_name, createdAt: created_at }, reservation }

const attemptOf = (row: MessageRow) => ({
  message: messageOf(row),
  revision: row.revision,
  writtenAt: row.written_at,
  attempts: row.attempts,
})

const pendingOf = (row: MessageRow): PendingMessage => ({
  ...attemptOf(row),
  due: row.due,
  ...(row.failed_at !== null && { failedAt: row.failed_at }),
})

/** The primary key of a message, as parameters of the statements. */
function messageKey({ message, revision }: Pick<PendingMessage, 'message' | 'revision'>) {
  const { reservation: id } = message
  return isForReceiver(message)
    ? { id, receiver: message.receiver, number: revision, name: '', createdAt: '' }
    : { id, receiver: PROJECTS_SERVICE, number: 0, name: message.project.name, createdAt: message.project.createdAt }
}

type MessageKey = ReturnType<typeof messageKey>

/** Before the primary keys of all messages. */
const FIRST_KEY: MessageKey = { id: '', receiver: '', number: -1, name: '', createdAt: '' }

/** Writes a message, replacing an older one for the same reservation and project. */
export function insertMessage(pending: PendingMessage, sql: Statements): void {
  const { message, failedAt = null, ...rest } = pending
  const action = isForReceiver(message) ? null : message.action
  sql.putMessage.run({ ...messageKey(pending), action, ...rest, failedAt })
}

/** All messages about a reservation, due or not. */
export const messagesUnder = (id: ReservationId, sql: Statements): PendingMessage[] =>
  inOrder((sql.messagesUnder.all(id) as MessageRow[]).map(pendingOf))

/** The outbox of a SQLite file. */
export const openOutbox = (access: Access, commits: GroupCommit, read: GuardedRead): Outbox => ({
  ...deliveries(access, commits, read),
  ...inspection(access, commits, read),
})

/** What workers need. */
const deliveries = (
  { sql, view }: Access,
  commits: GroupCommit,
  read: GuardedRead,
): Pick<Outbox, 'claim' | 'remove' | 'postpone' | 'giveBack' | 'fail' | 'removeFailed'> => ({
  async claim({ receiver, now, until, limit, token }) {
    // Avoids a write transaction when no message is due, which is nearly always.
    if ((await read(() => dueAt({ receiver, now, limit: 1 }, view.sql))).length === 0)
      return { claims: [], more: false }
    const rows = await commits(() => {
      const due = dueAt({ receiver, now, limit }, sql)
      for (const row of due) sql.claim.run({ ...messageKey(attemptOf(row)), token, until })
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
  remove: (claim) =>
    commits(() => {
      const claimed = claimParams(claim)
      if (sql.removeMessage.run(claimed).changes === 0) sql.postpone.run({ ...claimed, due: 0, answered: 1 })
    }),
  postpone: (claim, due, answered) =>
    commits(() => void sql.postpone.run({ ...claimParams(claim), due, answered: Number(answered) })),
  giveBack: (claim, due) =>
    commits(() => {
      sql.takeBackAttempt.run({ ...claimParams(claim), attempts: claim.attempts })
      sql.postpone.run({ ...claimParams(claim), due, answered: 1 })
    }),
  fail: (claim, at) => commits(() => void sql.fail.run({ ...claimParams(claim), at })),
  async removeFailed(receiver, before) {
    const removeSome = () => commits(() => sql.removeFailed.run({ receiver, before }).changes)
    while ((await removeSome()) === MESSAGES_PER_TURN) await yieldToEventLoop()
  },
})

/** What metrics and operators need. */
const inspection = (
  { sql, view }: Access,
  commits: GroupCommit,
  read: GuardedRead,
): Pick<Outbox, 'backlog' | 'messages' | 'retry' | 'drop'> => ({
  backlog: (receiver) =>
    read((): Backlog => {
      const { depth, oldest, failed } = view.sql.backlog.get({ receiver: receiver ?? PROJECTS_SERVICE }) as BacklogRow
      return { depth, oldest: oldest ?? undefined, ...(receiver !== undefined && { failed }) }
    }),
  async *messages() {
    let after: MessageKey | undefined = FIRST_KEY
    while (after) {
      const from: MessageKey = after
      await yieldToEventLoop()
      const page = await read(() => (view.sql.messagePage.all(from) as MessageRow[]).map(pendingOf))
      yield page
      const last = page.at(-1)
      after = last && messageKey(last)
    }
  },
  retry: (message) => commits(() => sql.retryMessage.run(exactly(message)).changes > 0),
  drop: (message) => commits(() => sql.dropMessage.run(exactly(message)).changes > 0),
})

interface BacklogRow {
  readonly depth: number
  readonly oldest: number | null
  readonly failed: number
}

/** A message itself, and not another that has taken its place. */
const exactly = (message: Pick<PendingMessage, 'message' | 'revision'>) => ({
  ...messageKey(message),
  revision: message.revision,
})

const claimParams = (claim: Pick<PendingMessage, 'message' | 'revision'> & { readonly token: string }) => ({
  ...exactly(claim),
  token: claim.token,
})

type DueRequest = Pick<Parameters<Outbox['claim']>[0], 'receiver' | 'now' | 'limit'>

/** Due messages that no other holds back, the longest due first. */
function dueAt({ receiver, now, limit }: DueRequest, sql: Statements): MessageRow[] {
  const params = { receiver: receiver ?? PROJECTS_SERVICE, now, limit }
  const due = sql.due.all(params) as MessageRow[]
  if (due.length === limit) return due
  const { dueTooLate, receiverDueTooLate } = sql
  const tooLate = receiver === undefined ? dueTooLate : receiverDueTooLate
  return [...due, ...(tooLate.all({ ...params, limit: limit - due.length }) as MessageRow[])]
}
