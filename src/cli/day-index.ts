import type { Finding, VerificationTable } from '../store/integrity.ts'
import type { OnProgress, Rebuilt } from '../store/dynamodb/rebuild.ts'
import { scratchVerificationTable } from '../store/sqlite/verification-table.ts'
import { plural } from './import-report.ts'
import type { CommandResult } from './outcome.ts'
import { withBar } from './progress.ts'

/** What can be done with the day items of a table. */
export interface DayIndex {
  rebuild(onProgress: OnProgress): Promise<Rebuilt>
  verify(table: VerificationTable, onProgress: OnProgress): AsyncIterable<Finding>
}

/** Makes the day items of a table out of its rows. Readers go on meanwhile; nothing can be changed. */
export async function rebuild(store: string, index: DayIndex): Promise<CommandResult> {
  const built = await watched((onProgress) => index.rebuild(onProgress))
  return { report: { store, reservations: built.reservations, day_items: built.dayItems, completed: built.completed }, text: textOf(built) }
}

const textOf = ({ reservations, dayItems, completed }: Rebuilt) =>
  `${plural(reservations, 'reservation')} on ${plural(dayItems, 'day item')}\n` +
  (completed > 0 ? `${plural(completed, 'reservation')} of whose last change only a part was there: it is whole now\n` : '')

/** Looks a whole table over while others use it; `gather` takes what it finds. */
export const verify = (index: DayIndex, gather: (findings: AsyncIterable<Finding>) => Promise<CommandResult>): Promise<CommandResult> =>
  watched((onProgress) => gather(index.verify(scratchVerificationTable(), onProgress)))

/** How many items a table has is not known before they are read: the bar has an end once there are day items to be written. */
const watched = <T>(work: (onProgress: OnProgress) => Promise<T>): Promise<T> =>
  withBar({ format: '{bar} {read} items read, {written} of {dayItems} day items written', total: 0, facts: { read: 0, written: 0, dayItems: 0 } }, (show) =>
    work((done) => show(done.written, done, done.dayItems)),
  )
