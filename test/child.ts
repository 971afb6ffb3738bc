import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** Only what hangs takes as long, however busy the machine. */
const PATIENCE_MS = 60_000

/**
 * The end of a child process, with its exit code and signal, and two ways to await what it does until then.
 *
 * @param output what it has printed so far, for the error
 */
export function endOf(child: ChildProcess, output = () => '') {
  const ended = once(child, 'close') as Promise<[code: number | null, signal: NodeJS.Signals | null]>
  let end: Error | undefined
  const failed = ended.then(([code, signal]) => {
    end = new Error(`The process has ended with ${code ?? signal}.\n${output()}`)
    throw end
  })
  // It may end when nothing is awaited of it.
  failed.catch(() => undefined)

  /** Awaits a message or the like. @throws Error as soon as the process has ended without that */
  const beforeEnd = <T>(awaited: PromiseLike<T>): Promise<T> => Promise.race([awaited, failed])

  /** Calls `check` until it throws no more. @throws Error as soon as the process has ended without that, or after a minute */
  async function until(check: () => unknown): Promise<void> {
    for (const deadline = performance.now() + PATIENCE_MS; ;) {
      const last = end ?? (performance.now() > deadline ? new Error('A minute was not enough.') : undefined)
      try {
        await check()
        return
      } catch (cause) {
        if (last) throw new Error(last.message, { cause })
      }
      await sleep(10)
    }
  }
  return { ended, beforeEnd, until }
}
