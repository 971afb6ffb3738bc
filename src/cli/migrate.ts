import { revisionsOf } from '../service/id-history.ts'
import { isPrefixOf } from '../store/archive-entry.ts'
import type { ArchiveEntry, Store } from '../store/port.ts'
import type { CommandResult } from './outcome.ts'
import { withBar } from './progress.ts'
import { addTo, emptySample } from './sample.ts'
import { plural } from '../domain/text.ts'
import { exampleIds } from './text.ts'
import { factsOf, isSameDigest, tableOf, type StoreDigest, digestStore } from './store-digest.ts'
import { interruptedError, CliError } from './cli-error.ts'

/** Archive entries copied together; fewer if they have many rows, revisions and messages. */
const BATCH_ENTRIES = 200
const BATCH_ROWS = 2000

/** An open store with its display name. */
export interface NamedStore {
  readonly name: string
  readonly store: Pick<Store, 'find' | 'history' | 'archive'>
}

/**
 * Copies all archive entries of `source` into `target`, and compares the digests of both. An interrupted migration can
 * be repeated, and then continues. Other processes must not write to either store; if one does, the result has problems.
 * @throws CliError `refused`, before anything is copied, if `target` holds anything that `source` does not
 */
export async function migrate(source: NamedStore, target: NamedStore, signal?: AbortSignal): Promise<CommandResult> {
  const before = await digestWithProgress(source, signal)
  await assertTargetIsSubset(source, target, signal)
  const { imported, alreadyThere } = await copy(source, target, before.ids, signal)
  await target.store.archive.finalize()
  const [left, arrived] = await digestBoth(source, target, before.ids, signal)
  const [same, untouched] = [isSameDigest(left, arrived), isSameDigest(before, left)]
  const digests = tableOf([
    [source.name, left],
    [target.name, arrived],
  ])
  return {
    hasProblems: !(same && untouched),
    report: {
      from: factsOf(source.name, left),
      to: factsOf(target.name, arrived),
      dry_run: false,
      imported,
      already_there: alreadyThere,
      same,
      untouched,
    },
    text: `${plural(before.ids, 'id')}: ${imported} new, ${alreadyThere} already there\n\n${digests}\n${verdictOf(same, untouched, source, target)}\n`,
  }
}

/** Reports what a store holds, for a dry run. */
export async function describeStore(source: NamedStore, signal?: AbortSignal): Promise<CommandResult> {
  const digest = await digestWithProgress(source, signal)
  return { report: { from: factsOf(source.name, digest), dry_run: true }, text: tableOf([[source.name, digest]]) }
}

const digestWithProgress = ({ name, store }: NamedStore, signal: AbortSignal | undefined) =>
  withBar({ format: `${name}: {value} ids`, total: 0 }, (show) => {
    let ids = 0
    return digestStore(store.archive, () => {
      assertNotInterrupted(signal, 'Nothing was copied.')
      show(++ids)
    })
  })

function assertNotInterrupted(signal: AbortSignal | undefined, details: string): void {
  if (signal?.aborted) throw interruptedError(signal, details)
}

/**
 * The target may hold only what an interrupted migration has left there, perhaps a part of an archive entry: two
 * calendars must not be mixed. Messages are not compared here, since a store cannot list those of one id; `importAll` does.
 */
async function assertTargetIsSubset(
  source: NamedStore,
  target: NamedStore,
  signal: AbortSignal | undefined,
): Promise<void> {
  const foreignIds = emptySample<string>()
  const isForeign = async (entry: ArchiveEntry) => {
    const { id } = entry
    const [reservations, history] = await Promise.all([
      source.store.find(id),
      Array.fromAsync(revisionsOf(id, source.store)),
    ])
    return !isPrefixOf({ ...entry, messages: [] }, { id, reservations, history, messages: [] })
  }
  await withBar({ format: `${target.name}: {value} ids already there`, total: 0 }, async (show) => {
    let ids = 0
    for await (const batch of inBatches(target.store.archive.entries())) {
      assertNotInterrupted(signal, 'Nothing was copied.')
      const areForeign = await Promise.all(batch.map(isForeign))
      for (const [index, { id }] of batch.entries()) if (areForeign[index]) addTo(foreignIds, id)
      show((ids += batch.length))
    }
  })
  if (foreignIds.count === 0) return
  const difference = `${target.name} holds ${plural(foreignIds.count, 'id')} that ${source.name} does not have, or has with other data`
  throw new CliError('refused', `${difference} (${exampleIds(foreignIds.first)}). Nothing was copied.`)
}

interface CopyResult {
  readonly imported: number
  readonly alreadyThere: number
}

function copy(
  source: NamedStore,
  target: NamedStore,
  ids: number,
  signal: AbortSignal | undefined,
): Promise<CopyResult> {
  return withBar({ format: 'copying {bar} {percentage} %, {value} of {total} ids', total: ids }, async (show) => {
    let [done, imported] = [0, 0]
    for await (const batch of inBatches(source.store.archive.entries())) {
      assertNotInterrupted(
        signal,
        `${done} of ${plural(ids, 'id')} are in ${target.name}; the same command continues from there.`,
      )
      imported += await target.store.archive.importAll(batch)
      show((done += batch.length))
    }
    return { imported, alreadyThere: done - imported }
  })
}

async function* inBatches(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<ArchiveEntry[]> {
  let [batch, rows]: [ArchiveEntry[], number] = [[], 0]
  for await (const entry of entries) {
    batch.push(entry)
    rows += entry.reservations.length + entry.history.length + entry.messages.length
    if (batch.length < BATCH_ENTRIES && rows < BATCH_ROWS) continue
    yield batch
    ;[batch, rows] = [[], 0]
  }
  if (batch.length > 0) yield batch
}

function digestBoth(
  source: NamedStore,
  target: NamedStore,
  ids: number,
  signal: AbortSignal | undefined,
): Promise<[StoreDigest, StoreDigest]> {
  return withBar({ format: 'comparing {bar} {percentage} %', total: 2 * ids }, (show) => {
    let done = 0
    const onEntry = () => {
      assertNotInterrupted(signal, 'Everything is copied, but not compared; the same command compares.')
      show(++done)
    }
    return Promise.all([digestStore(source.store.archive, onEntry), digestStore(target.store.archive, onEntry)])
  })
}

function verdictOf(same: boolean, untouched: boolean, source: NamedStore, target: NamedStore): string {
  const written = untouched
    ? ''
    : ` Another process wrote to ${source.name} in the meantime: stop it, and migrate again, into an empty store.`
  if (same) return `Both hold the same.${written}`
  return `They do not hold the same: do not use ${target.name}.${written}`
}
