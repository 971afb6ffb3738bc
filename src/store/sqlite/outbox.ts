import type { News, Outbox } from '../store.ts'
import type { Committer } from './committer.ts'
import type { Statements } from './statements.ts'

interface LetterRow {
  readonly number: number
  readonly event_id: string
  readonly what: News['what']
  readonly project_name: string
  readonly created_at: string
  readonly attempts: number
}

export const outboxOf = (say: Statements, commits: Committer, read: <T>(question: () => T) => Promise<T>): Outbox => ({
  due: (now, limit) =>
    read(() =>
      (say.due.all(now, limit) as LetterRow[]).map(({ number, attempts, ...row }) => ({
        number,
        attempts,
        news: { what: row.what, project: { name: row.project_name, createdAt: row.created_at }, reservation: row.event_id },
      })),
    ),
  delivered: (number) => commits(() => void say.delivered.run(number)),
  postpone: (number, at) => commits(() => void say.postpone.run(at, number)),
  depth: () => read(() => say.depth.get() as number),
})
