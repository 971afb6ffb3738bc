import { once } from 'node:events'
import { EXIT, Trouble } from '../cli/trouble.ts'
import { openLog } from '../ops/log.ts'
import { logOutput } from '../ops/log-output.ts'
import type { Settings } from '../ops/settings.ts'
import type { Io } from './io.ts'
import { startServer } from './server.ts'

/**
 * Serves the calendar until the process is told to stop. An error that nobody caught ends it, as a bug: what it has left
 * undone nobody knows, and what was answered is on the disk. Whatever started the process starts it again.
 * @param doubts what of the settings may be a mistake, for the log
 * @throws Trouble where it cannot, or could not stop cleanly
 */
export async function serve(settings: Settings, doubts: readonly string[], { interruption, onCrash }: Pick<Io, 'interruption' | 'onCrash'>): Promise<void> {
  const output = logOutput({ gathered: true })
  const log = openLog(settings.LOG_LEVEL, output)
  for (const doubt of doubts) log.warn(doubt)
  onCrash(async (err) => {
    log.fatal({ err }, 'ended by an error that nobody caught')
    await output.close()
    return EXIT.bug
  })
  try {
    const running = await startServer(settings, log, output.lost)
    const signal = interruption()
    await once(signal, 'abort')
    log.info({ signal: signal.reason as string }, 'stopping')
    await running.stop().catch((err: unknown) => {
      log.fatal({ err }, 'could not stop cleanly')
      throw new Trouble('unusable', 'The calendar could not stop cleanly; its log says why.', { cause: err })
    })
  } finally {
    await output.close()
  }
}
