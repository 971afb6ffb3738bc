import { once } from 'node:events'
import { EXIT, CliError } from '../cli/cli-error.ts'
import { openLog } from '../ops/log.ts'
import { logOutput } from '../ops/log-output.ts'
import { isDemo, readSettings, type Settings, settingsWarnings } from '../ops/settings.ts'
import { inheritedSocket } from './inherited-socket.ts'
import type { Io } from './io.ts'
import { startServer } from './server.ts'

/** Clients that send requests more often than this do not find their connection closed when the server stops. */
const GRACE_MS = 1000

/** The command `serve`: it has nothing to report. @throws as {@link serve} */
export async function serveAction(io: Io): Promise<undefined> {
  await serve(readSettings(io.environment), settingsWarnings(io.environment), io)
}

/**
 * Serves the calendar until the process gets a signal to stop. An uncaught error ends the process, since its state is
 * unknown then; acknowledged changes are on the disk, and the service manager restarts it.
 * @param warnings sentences about probable mistakes in the settings, for the log
 * @throws CliError if it cannot start, or did not stop cleanly
 */
export async function serve(
  settings: Settings,
  warnings: readonly string[],
  { environment, interruption, onCrash }: Pick<Io, 'environment' | 'interruption' | 'onCrash'>,
): Promise<void> {
  const socket = inheritedSocket(environment, process.pid)
  if (socket !== undefined && isDemo(settings))
    throw new CliError('settings', 'An inherited socket is for production: set AUTH_ISSUER or AUTH_PUBLIC_KEY.')
  const output = logOutput({ buffered: true })
  const log = openLog(settings.LOG_LEVEL, output)
  for (const warning of warnings) log.warn(warning)
  onCrash(async (err) => {
    log.fatal({ err }, 'uncaught error, exiting')
    await output.close()
    return EXIT.bug
  })
  try {
    const running = await startServer(settings, log, { output, socket })
    const signal = interruption()
    await once(signal, 'abort')
    log.info({ signal: signal.reason as string }, 'stopping')
    await running.stop(GRACE_MS).catch((err: unknown) => {
      log.fatal({ err }, 'did not stop cleanly')
      throw new CliError('unusable', 'The calendar did not stop cleanly; its log says why.', { cause: err })
    })
  } finally {
    await output.close()
  }
}
