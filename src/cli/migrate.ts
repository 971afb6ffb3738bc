import { revisionsOf } from '../service/past.ts'
import { isPartOf } from '../store/dossier.ts'
import type { Dossier, Store } from '../store/store.ts'
import { counted, examplesOf, note, noted } from './import-report.ts'
import type { Outcome } from './outcome.ts'
import { withBar } from './progress.ts'
import { factsOf, sameTally, tableOf, type Tally, tallyOf } from './tally.ts'
import { interruption, Trouble } from './trouble.ts'

/** As many dossiers are held and adopted together; fewer where they hold as many rows, revisions and messages. */
const AT_ONCE = 200
const ROWS_AT_ONCE = 2000

/** An open store, and what whoever asks calls it. */
export interface Named {
  readonly name: string
  readonly store: Pick<Store, 'find' | 'history' | 'archive'>
}

/**
 * Copies all of `source` into `target`, goes through both again, and tells what each holds. A move that broke off may
 * be repeated, and then goes on. Nobody may write to either meanwhile; if somebody does, they come out different, which
 * is `found`.
 * @throws Trouble `refused`, before anything is copied, where `target` holds anything that is not of `source`
 */
export async function migrate(source: Named, target: Named, signal?: AbortSignal): Promise<Outcome> {
  const before = await count(source, signal)
  await assertNothingElse(source, target, signal)
  const { adopted, alreadyThere } = await copy(source, target, before.ids, signal)
  await target.store.archive.settle()
  const [left, arrived] = await tallyBoth(source, target, before.ids, signal)
  const [same, untouched] = [sameTally(left, arrived), sameTally(before, left)]
  const tallies = tableOf([[source.name, left], [target.name, arrived]])
  return {
    found: !(same && untouched),
    facts: { from: factsOf(source.name, left), to: factsOf(target.name, arrived), dry_run: false, adopted, already_there: alreadyThere, same, untouched },
    text: `${counted(before.ids, 'id')}: ${adopted} new, ${alreadyThere} already there\n\n${tallies}\n${verdictOf(same, untouched, source, target)}\n`,
  }
}

/** What a store holds. */
export async function tell(source: Named, signal?: AbortSignal): Promise<Outcome> {
  const tally = await count(source, signal)
  return { facts: { from: factsOf(source.name, tally), dry_run: true }, text: tableOf([[source.name, tally]]) }
}

const count = ({ name, store }: Named, signal: AbortSignal | undefined) =>
  withBar({ format: `${name}: {value} ids`, total: 0 }, (show) => {
    let ids = 0
    return tallyOf(store.archive, () => {
      assertGoingOn(signal, 'Nothing was copied.')
      show(++ids)
    })
  })

function assertGoingOn(signal: AbortSignal | undefined, done: string): void {
  if (signal?.aborted) throw interruption(signal, done)
}

/**
 * Whatever is there must be of a move that broke off, perhaps within a dossier: two calendars are not to be mixed.
 * Messages are not looked at here, as a store cannot be asked for those of one id; `adopt` does.
 */
async function assertNothingElse(source: Named, target: Named, signal: AbortSignal | undefined): Promise<void> {
  const strange = noted<string>()
  const isStrange = async (dossier: Dossier) => {
    const { id } = dossier
    const [standing, history] = await Promise.all([source.store.find(id), Array.fromAsync(revisionsOf(id, source.store))])
    return !isPartOf({ ...dossier, messages: [] }, { id, standing, history, messages: [] })
  }
  await withBar({ format: `${target.name}: {value} ids already there`, total: 0 }, async (show) => {
    let ids = 0
    for await (const batch of inBatches(target.store.archive.dossiers())) {
      assertGoingOn(signal, 'Nothing was copied.')
      const answers = await Promise.all(batch.map(isStrange))
      for (const [index, { id }] of batch.entries()) if (answers[index]) note(strange, id)
      show((ids += batch.length))
    }
  })
  if (strange.count === 0) return
  const what = `${target.name} holds ${counted(strange.count, 'id')} that ${source.name} does not have, or has otherwise`
  throw new Trouble('refused', `${what} (${examplesOf(strange)}). Nothing was copied.`)
}

interface Copied {
  readonly adopted: number
  readonly alreadyThere: number
}

function copy(source: Named, target: Named, ids: number, signal: AbortSignal | undefined): Promise<Copied> {
  return withBar({ format: 'copying {bar} {percentage} %, {value} of {total} ids', total: ids }, async (show) => {
    let [done, adopted] = [0, 0]
    for await (const batch of inBatches(source.store.archive.dossiers())) {
      assertGoingOn(signal, `${done} of ${counted(ids, 'id')} are in ${target.name}; the same command goes on from there.`)
      adopted += await target.store.archive.adopt(batch)
      show((done += batch.length))
    }
    return { adopted, alreadyThere: done - adopted }
  })
}

async function* inBatches(dossiers: AsyncIterable<Dossier>): AsyncGenerator<Dossier[]> {
  let [batch, rows]: [Dossier[], number] = [[], 0]
  for await (const dossier of dossiers) {
    batch.push(dossier)
    rows += dossier.standing.length + dossier.history.length + dossier.messages.length
    if (batch.length < AT_ONCE && rows < ROWS_AT_ONCE) continue
    yield batch
    ;[batch, rows] = [[], 0]
  }
  if (batch.length > 0) yield batch
}

function tallyBoth(source: Named, target: Named, ids: number, signal: AbortSignal | undefined): Promise<[Tally, Tally]> {
  return withBar({ format: 'comparing {bar} {percentage} %', total: 2 * ids }, (show) => {
    let done = 0
    const seen = () => {
      assertGoingOn(signal, 'All is copied, but not compared; the same command compares.')
      show(++done)
    }
    return Promise.all([tallyOf(source.store.archive, seen), tallyOf(target.store.archive, seen)])
  })
}

function verdictOf(same: boolean, untouched: boolean, source: Named, target: Named): string {
  const written = untouched ? '' : ` Somebody wrote to ${source.name} meanwhile; see that nobody does, and move again, into an empty store.`
  if (same) return `Both hold the same.${written}`
  return `They do not hold the same: do not use ${target.name}.${written}`
}
