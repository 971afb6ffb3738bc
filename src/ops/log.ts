import { pino, type Logger } from 'pino'
import type { LogOutput } from './log-output.ts'

export type Log = Logger

/**
 * A line of JSON for each thing that happened. What could name a person or open a door is never handed to it:
 * requests are logged by id, route, status and time alone.
 */
export function openLog(level: string, output: LogOutput): Log {
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['*.authorization', '*["x-api-key"]', '*.token'], remove: true },
    },
    output,
  )
  // Whatever is logged at all: what was lost may have been of any level.
  const notices = log.child({}, { level: 'error' })
  output.onRecovered((lostCount) => notices.error({ lost: lostCount }, 'lines of the log were lost'))
  return log
}

/** One that says nothing. */
export const silentLog = (): Log => pino({ level: 'silent' })
