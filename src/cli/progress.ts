import { SingleBar } from 'cli-progress'

export interface Bar {
  /** As cli-progress has them. */
  readonly format: string
  readonly total: number
  /** What fills the format's own gaps at first. */
  readonly facts?: object
}

/** Tells a bar how far the work is; and of how much, where that turns out only on the way. */
export type Show = (done: number, details?: object, total?: number) => void

/** A bar for as long as `work` takes. Draws itself on standard error, and only on a terminal. */
export async function withBar<T>({ format, total, facts: details }: Bar, work: (show: Show) => Promise<T>): Promise<T> {
  const bar = new SingleBar({ format, clearOnComplete: true, linewrap: true })
  bar.start(total, 0, details)
  try {
    return await work((done, now, all) => {
      if (all !== undefined) bar.setTotal(all)
      bar.update(done, now)
    })
  } finally {
    bar.stop()
  }
}
