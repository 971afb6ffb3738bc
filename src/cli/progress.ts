import { SingleBar } from 'cli-progress'

export interface Bar {
  /** A format of cli-progress. */
  readonly format: string
  /** Steps in all; 0 if unknown. */
  readonly total: number
  /** Initial values of the format's own placeholders. */
  readonly facts?: object
}

/** Updates a bar: steps done, values of placeholders, and the total if it has changed. */
export type Show = (done: number, details?: object, total?: number) => void

/** Shows a progress bar while `work` runs, on standard error and only on a terminal. */
export async function withBar<T>(
  { format, total: initialTotal, facts }: Bar,
  work: (show: Show) => Promise<T>,
): Promise<T> {
  const bar = new SingleBar({ format, clearOnComplete: true, linewrap: true })
  bar.start(initialTotal, 0, facts)
  try {
    return await work((done, values, total) => {
      if (total !== undefined) bar.setTotal(total)
      bar.update(done, values)
    })
  } finally {
    bar.stop()
  }
}
