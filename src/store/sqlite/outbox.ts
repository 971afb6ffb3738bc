import type { Instant } from '../../domain/interval.ts'
import type { Message } from '../../domain/message.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { inOrder } from '../dossier.ts'
import { type Backlog, type Outbox, type Pending, SKEW } from '../store.ts'
import type { Committer } from './committer.ts'
import type { Statements } from './statements.ts'

interface MessageRow {
  readonly event_id: string
  readonly project_name: string
  readonly created_at: string
  readonly what: Message['what']
  readonly revision: number
  readonly written_at: number
  readonly attempts: number
  readonly due: number
  readonly claim: string | null
}

const messageOf = (row: MessageRow): Message => ({
  what: row.what,
  project: { name: row.project_name, createdAt: row.created_at },
  reservation: row.event_id,
})

const triedOf = (row: MessageRow) => ({ message: messageOf(row), revision: row.revision, writtenAt: row.written_at, attempts: row.attempts })

const pendingOf = (row: MessageRow): Pending => ({ ...triedOf(row), due: row.due })

/** What a message is about, as the statements take it. */
const theTwo = ({ reservation: id, project: { name, createdAt } }: Message) => ({ id, name, createdAt })

/** Writes a message, in the place of an earlier one about the two. */
export function post({ message, ...rest }: Pending, say: Statements): void {
  say.post.run({ ...theTwo(message), what: message.what, ...rest })
}

/** The messages about an id, due or not. */
export const messagesAbout = (id: ReservationId, say: Statements): Pending[] => inOrder((say.messagesAbout.all(id) as MessageRow[]).map(pendingOf))

export const outboxOf = (say: Statements, commits: Committer, read: <T>(question: () => T) => Promise<T>): Outbox => ({
  async claim({ now, until, limit, token }) {
    // Nearly always there is nothing, and that need not be written.
    if ((await read(() => dueAt(now, 1, say))).length === 0) return { claims: [], more: false }
    const rows = await commits(() => {
      const due = dueAt(now, limit, say)
      for (const row of due) say.claim.run({ ...theTwo(messageOf(row)), token, until })
      return due
    })
    const claims = rows.map((row) => ({ ...triedOf(row), attempts: row.attempts + 1, token, until, lapsed: row.claim !== null }))
    return { claims, more: rows.length === limit }
  },
  remove: ({ message, revision, token }) =>
    commits(() => {
      const claimed = { ...theTwo(message), revision, token }
      if (say.delivered.run(claimed).changes === 0) say.postpone.run({ ...claimed, due: 0, answered: 1 })
    }),
  postpone: ({ message, revision, token }, due, answered) =>
    commits(() => void say.postpone.run({ ...theTwo(message), revision, token, due, answered: Number(answered) })),
  backlog: () =>
    read((): Backlog => {
      const { depth, oldest } = say.backlog.get() as { depth: number; oldest: number | null }
      return { depth, oldest: oldest ?? undefined }
    }),
})

/** Those that have waited longest first. */
function dueAt(now: Instant, limit: number, say: Statements): MessageRow[] {
  const due = say.due.all(now, limit) as MessageRow[]
  return due.length < limit ? [...due, ...(say.waitsTooLong.all(now + SKEW, limit - due.length) as MessageRow[])] : due
}
