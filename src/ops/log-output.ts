import { once } from 'node:events'
import { fstatSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import sonicBoom, { type SonicBoom } from 'sonic-boom'
import type { DiskSpace } from '../store/port.ts'

const STANDARD_OUTPUT = 1
/** Bytes that wait to be written. Lines beyond them are lost, and counted. */
const MAX_BUFFERED = 1_000_000
const FLUSH_MS = 200
const LAST_TRY_MS = 1000

/**
 * Where the log goes. It may fail, and the calendar goes on: what cannot be written waits, within bounds, and is tried
 * again and again.
 */
export interface LogOutput {
  readonly write: (line: string) => void
  /** How many lines were lost so far. */
  readonly lostLines: () => number
  /** Has `tell` told how many were lost, once it works again. */
  readonly onRecovered: (notify: (lostCount: number) => void) => void
  /** What is left on its disk, where it goes to a file. */
  readonly diskSpace: () => Promise<DiskSpace | undefined>
  /** Tries for at most a second to write what waits. Nothing more is written. */
  readonly close: () => Promise<void>
}

/**
 * Standard output. `gathered` lines wait for a fifth of a second, so that requests do not wait for them; otherwise each
 * is written at once, as it must be where the process may be stopped at any moment.
 *
 * Not `pino.destination`: that ends the process where a write fails, and at its end tries again for ever.
 */
export function logOutput({ gathered: buffer }: { gathered: boolean }): LogOutput {
  // A pipe that nobody reads would hold the thread that writes, and a process does not end before its threads do. As
  // soon as Node is asked for the stream it has such a pipe say "not now" instead.
  void process.stdout
  const lines = new sonicBoom.SonicBoom({
    fd: STANDARD_OUTPUT,
    maxLength: MAX_BUFFERED,
    ...(buffer ? { sync: false, minLength: 8192, periodicFlush: FLUSH_MS } : { sync: true, retryEAGAIN: () => false }),
  })
  let [lostCount, written] = [0, 0]
  let closing: Promise<void> | undefined
  let recovered: (lost: number) => void = () => {}
  lines.on('error', () => {})
  lines.on('drop', () => (lostCount += 1))
  lines.on('drain', () => {
    if (lostCount === written) return
    const unreportedLosses = lostCount - written
    written = lostCount
    recovered(unreportedLosses)
  })
  return {
    write(line) {
      if (closing) lostCount += 1
      else lines.write(line)
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
  const ended = once(lines, 'close').then(() => true, () => true)
  lines.end()
  if (await Promise.race([ended, sleep(LAST_TRY_MS, false)])) return
  // A terminal that was told to stop holds the thread that writes for good.
  if (fstatSync(STANDARD_OUTPUT).isCharacterDevice()) process.kill(process.pid, 'SIGKILL')
}
