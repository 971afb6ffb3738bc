import { once } from 'node:events'
import { fstatSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import sonicBoom, { type SonicBoom } from 'sonic-boom'
import type { DiskSpace } from '../store/port.ts'

const STANDARD_OUTPUT = 1
/** Bytes that are buffered. Lines beyond it are lost, and counted. */
const MAX_BUFFERED = 1_000_000
/** Bytes that are written together, on another thread; no more than the larger at once. */
const [WRITTEN, MAX_WRITTEN] = [32_768, 65_536]
const FLUSH_MS = 200
const CLOSE_TIMEOUT_MS = 1000

/**
 * The output of the log. If writing fails, the calendar continues: lines are buffered, within bounds, and writing is
 * retried.
 */
export interface LogOutput {
  readonly write: (line: string) => void
  /** Number of lines lost so far. */
  readonly lostLines: () => number
  /** Sets the callback for the number of newly lost lines, called when writing works again. */
  readonly onRecovered: (notify: (lostCount: number) => void) => void
  /** Space on its disk, if the output is a file. */
  readonly diskSpace: () => Promise<DiskSpace | undefined>
  /** Writes the buffered lines, within a second. Later lines are lost. */
  readonly close: () => Promise<void>
}

/**
 * Opens standard output. `buffered` lines are written within 0.2 seconds, so that requests do not wait for them;
 * otherwise each is written at once, for a process that may be frozen at any moment.
 *
 * Not `pino.destination`: that ends the process if a write fails, and retries for ever when it closes.
 */
export function logOutput({ buffered }: { buffered: boolean }): LogOutput {
  // A write to a full pipe would block its thread, and a process does not end before its threads do. Accessing the
  // stream makes Node set the pipe to non-blocking.
  void process.stdout
  const lines = new sonicBoom.SonicBoom({
    fd: STANDARD_OUTPUT,
    maxLength: MAX_BUFFERED,
    // As texts, it would measure all buffered lines again for each new one.
    contentMode: 'buffer',
    ...(buffered
      ? { sync: false, minLength: WRITTEN, maxWrite: MAX_WRITTEN, periodicFlush: FLUSH_MS }
      : { sync: true, retryEAGAIN: () => false }),
  })
  let [lostCount, reportedCount] = [0, 0]
  let closing: Promise<void> | undefined
  let recovered: (lostCount: number) => void = () => {}
  lines.on('error', () => {})
  lines.on('drop', () => (lostCount += 1))
  lines.on('drain', () => {
    if (lostCount === reportedCount) return
    const newlyLost = lostCount - reportedCount
    reportedCount = lostCount
    recovered(newlyLost)
  })
  return {
    write(line) {
      if (closing) lostCount += 1
      else lines.write(Buffer.from(line) as unknown as string) // its types know no buffers
    },
    lostLines: () => lostCount,
    onRecovered: (notify) => void (recovered = notify),
    diskSpace: diskSpaceOfOutput,
    close: () => (closing ??= end(lines)),
  }
}

async function diskSpaceOfOutput(): Promise<DiskSpace | undefined> {
  if (!fstatSync(STANDARD_OUTPUT).isFile()) return undefined
  const { bavail, blocks, bsize } = await statfs(`/dev/fd/${STANDARD_OUTPUT}`)
  return { free: bavail * bsize, size: blocks * bsize }
}

async function end(lines: SonicBoom): Promise<void> {
  const ended = once(lines, 'close').then(
    () => true,
    () => true,
  )
  lines.end()
  if (await Promise.race([ended, sleep(CLOSE_TIMEOUT_MS, false)])) return
  // A stopped terminal (Ctrl-S) blocks the writing thread, and with it the exit.
  if (fstatSync(STANDARD_OUTPUT).isCharacterDevice()) process.kill(process.pid, 'SIGKILL')
}
