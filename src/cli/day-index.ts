import type { Finding, VerificationTable } from '../store/integrity.ts'
import type { OnProgress, Rebuilt } from '../store/dynamodb/rebuild.ts'
import { scratchVerificationTable } from '../store/sqlite/verification-table.ts'
import type { CommandResult } from './outcome.ts'
import { withBar } from './progress.ts'
import { plural } from '../domain/text.ts'

/** The day index of a DynamoDB table. */
export interface DayIndex {
  rebuild(onProgress: OnProgress): Promise<Rebuilt>
  verify(table: VerificationTable, onProgress: OnProgress): AsyncIterable<Finding>
}

/** Rebuilds the day index of a table from its rows. The table can be read in the meantime, but not changed. */
export async function rebuild(store: string, index: DayIndex): Promise<CommandResult> {
  const built = await withProgress((onProgress) => index.rebuild(onProgress))
  return {
    report: { store, reservations: built.reservations, day_items: built.dayItems, completed: built.completed },
    text: textOf(built),
  }
}

const textOf = ({ reservations, dayItems, completed }: Rebuilt) =>
  `${plural(reservations, 'reservation')} on ${plural(dayItems, 'day item')}\n` +
  (completed > 0 ? `${plural(completed, 'reservation')} with an unfinished last change, which is complete now\n` : '')

/** Checks a whole table, while others may use it. `gather` makes a report of the findings. */
export const verify = (
  index: DayIndex,
  gather: (findings: AsyncIterable<Finding>) => Promise<CommandResult>,
): Promise<CommandResult> => withProgress((onProgress) => gather(index.verify(scratchVerificationTable(), onProgress)))

/** The bar has no total until day items are written, since the number of items of a table is not known before. */
const withProgress = <T>(work: (onProgress: OnProgress) => Promise<T>): Promise<T> =>
  withBar(
    {
      format: '{bar} {read} items read, {written} of {dayItems} day items written',
      total: 0,
      facts: { read: 0, written: 0, dayItems: 0 },
    },
    (show) => work((done) => show(done.written, done, done.dayItems)),
  )
