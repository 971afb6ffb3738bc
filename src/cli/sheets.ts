import type { Finding } from '../store/finding.ts'
import type { Pile } from '../store/dynamodb/pile.ts'
import type { OnProgress, Rebuilt } from '../store/dynamodb/rebuild.ts'
import { scratchPile } from '../store/sqlite/pile.ts'
import { counted } from './import-report.ts'
import type { Outcome } from './outcome.ts'
import { withBar } from './progress.ts'

/** What can be done with the sheets of a table. */
export interface Sheets {
  rebuild(onProgress: OnProgress): Promise<Rebuilt>
  verify(pile: Pile, onProgress: OnProgress): AsyncIterable<Finding>
}

/** Makes the sheets of a table out of its rows. Readers go on meanwhile; nothing can be changed. */
export async function rebuild(store: string, sheets: Sheets): Promise<Outcome> {
  const built = await watched((onProgress) => sheets.rebuild(onProgress))
  return { facts: { store, ...built }, text: textOf(built) }
}

const textOf = ({ reservations, sheets, completed }: Rebuilt) =>
  `${counted(reservations, 'reservation')} on ${counted(sheets, 'sheet')}\n` +
  (completed > 0 ? `${counted(completed, 'reservation')} of whose last change only a part was there: it is whole now\n` : '')

/** Looks a whole table over while others use it; `gather` takes what it finds. */
export const verify = (sheets: Sheets, gather: (findings: AsyncIterable<Finding>) => Promise<Outcome>): Promise<Outcome> =>
  watched((onProgress) => gather(sheets.verify(scratchPile(), onProgress)))

/** How many items a table has is not known before they are read: the bar has an end once there are sheets to be written. */
const watched = <T>(work: (onProgress: OnProgress) => Promise<T>): Promise<T> =>
  withBar({ format: '{bar} {read} items read, {written} of {sheets} sheets written', total: 0, facts: { read: 0, written: 0, sheets: 0 } }, (show) =>
    work((done) => show(done.written, done, done.sheets)),
  )
