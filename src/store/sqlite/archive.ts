import type { Database } from 'better-sqlite3'
import { Failure } from '../../domain/failure.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { quoted } from '../../domain/text.ts'
import { alike } from '../dossier.ts'
import type { Archive, Codec, Dossier } from '../store.ts'
import type { Committer } from './committer.ts'
import { messagesAbout, post } from './outbox.ts'
import { acrossOf, rowOf, standingUnder, wholeHistoryOf } from './rows.ts'
import type { Statements } from './statements.ts'

const PAGE = 500

interface Access {
  readonly commits: Committer
  readonly read: <T>(question: () => T) => Promise<T>
}

export function archiveOf(db: Database, say: Statements, { commits, read }: Access, codec: Codec): Archive {
  const dossierOf = (id: ReservationId): Dossier => ({
    id,
    standing: standingUnder(id, say, codec),
    history: wholeHistoryOf(id, say, codec),
    messages: messagesAbout(id, say),
  })
  // In a transaction, so that another process's change is in all of it or in none.
  const asOneInstantHasIt = db.transaction(dossierOf)

  return {
    async *dossiers() {
      // In pages, since no one could write while a statement is open. One dossier at a time, as a history may be long.
      let after: ReservationId | undefined = ''
      do {
        const ids = (await read(() => say.ids.all({ after, most: PAGE }))) as ReservationId[]
        for (const id of ids) {
          const dossier = await read(() => asOneInstantHasIt(id))
          if (!isEmpty(dossier)) yield dossier
        }
        after = ids.at(-1)
      } while (after !== undefined)
    },
    adopt: (dossiers) =>
      commits(() => {
        const fresh = newAmong(dossiers, dossierOf)
        for (const dossier of fresh) write(dossier, say, codec)
        if (fresh.length > 0) say.breakFeed.run()
        return fresh.length
      }),
    settle: () => Promise.resolve(),
  }
}

const isEmpty = ({ standing, history, messages }: Dossier) => standing.length + history.length + messages.length === 0

/** Those that are not there yet. @throws Failure `conflict`, before anything is written */
function newAmong(dossiers: readonly Dossier[], dossierOf: (id: ReservationId) => Dossier): Dossier[] {
  const fresh = new Map<ReservationId, Dossier>()
  for (const dossier of dossiers) {
    const { id, standing } = dossier
    const known = fresh.get(id) ?? dossierOf(id)
    if (isEmpty(known)) fresh.set(id, dossier)
    else if (!alike(known, dossier)) throw new Failure('conflict', `The store holds something else under the id ${quoted(id)}.`)
    // Rows of the original whose starts are one instant, written in two ways.
    if (new Set(standing.map(({ reservation }) => reservation.start)).size < standing.length) {
      throw new Failure('conflict', `The id ${quoted(id)} stands twice at one start, which this store cannot hold.`)
    }
  }
  return [...fresh.values()]
}

function write({ standing, history, messages }: Dossier, say: Statements, codec: Codec): void {
  for (const { reservation, revision } of standing) say.put.run(rowOf(reservation, codec.encode(reservation), revision, codec))
  for (const { before, after, across, ...revision } of history) {
    say.record.run({
      ...revision,
      before: before ? codec.encode(before) : null,
      after: after ? codec.encode(after) : null,
      across: acrossOf(across),
    })
  }
  for (const message of messages) post(message, say)
}
