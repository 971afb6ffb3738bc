import { gatheredOutput, openLog } from '../ops/log.ts'
import type { Settings } from '../ops/settings.ts'
import { startServer } from './server.ts'

/**
 * Serves the calendar until the process is told to stop.
 * @param doubts what of the settings may be a mistake, for the log
 */
export async function serve(settings: Settings, doubts: readonly string[]): Promise<void> {
  const log = openLog(settings.LOG_LEVEL, gatheredOutput())
  for (const doubt of doubts) log.warn(doubt)
  const running = await startServer(settings, log)
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    running.stop().then(
      () => process.exit(0),
      (err: unknown) => {
        log.fatal({ err }, 'could not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', stop).once('SIGINT', stop)
}
