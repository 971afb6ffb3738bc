import type { ReservationId } from '../../domain/reservation.ts'
import type { Dossier, News, Outbox } from '../store.ts'
import type { Committer } from './committer.ts'
import type { Statements } from './statements.ts'

interface LetterRow {
  readonly number: number
  readonly event_id: string
  readonly what: News['what']
  readonly project_name: string
  readonly created_at: string
  readonly attempts: number
  readonly due: number
}

const newsOf = (row: LetterRow): News => ({
  what: row.what,
  project: { name: row.project_name, createdAt: row.created_at },
  reservation: row.event_id,
})

type Kept = Dossier['letters'][number]

/** Writes a letter, after all there are. */
export function post({ news, attempts, due }: Kept, say: Statements): void {
  const { what, project, reservation: id } = news
  say.post.run({ id, what, ...project, attempts, due })
}

/** The letters about an id, oldest first, due or not. */
export const lettersAbout = (id: ReservationId, say: Statements): Kept[] =>
  (say.lettersAbout.all(id) as LetterRow[]).map((row) => ({ news: newsOf(row), attempts: row.attempts, due: row.due }))

export const outboxOf = (say: Statements, commits: Committer, read: <T>(question: () => T) => Promise<T>): Outbox => ({
  due: (now, limit) =>
    read(() => (say.due.all(now, limit) as LetterRow[]).map((row) => ({ number: row.number, attempts: row.attempts, news: newsOf(row) }))),
  delivered: (number) => commits(() => void say.delivered.run(number)),
  postpone: (number, at) => commits(() => void say.postpone.run(at, number)),
  depth: () => read(() => say.depth.get() as number),
})
