import { pino, type Logger } from 'pino'
import type { LogOutput } from './log-output.ts'

export type Log = Logger

/**
 * Opens the log: one JSON object a line. Names of people and credentials are never logged: requests are logged by id,
 * route, status and time.
 */
export function openLog(level: string, output: LogOutput): Log {
  const log = pino(
    {
      level,
      base: null,
      timestamp,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['*.authorization', '*["x-api-key"]', '*.token'], remove: true },
    },
    output,
  )
  // At every level of the log: the lost lines may have been of any.
  const lossLog = log.child({}, { level: 'error' })
  output.onRecovered((lostCount) => lossLog.error({ lost: lostCount }, 'log lines lost'))
  return log
}

let [writtenAt, written] = [NaN, '']

/** The time of day in ISO 8601. It is written once for all lines of a millisecond. */
function timestamp(): string {
  const now = Date.now()
  if (now !== writtenAt) [writtenAt, written] = [now, `,"time":"${new Date(now).toISOString()}"`]
  return written
}

/** The line of one request. Nothing in it comes from a person, so it needs no redaction, which is most of what a line costs. */
export interface RequestLine {
  readonly id: string
  readonly method: string
  /** The name of the route: not the path, which may have something secret in it. */
  readonly route: string
  readonly status: number
  readonly ms: number
}

/** The log of requests: the same log, without redaction. */
export function requestLogOf(log: Log): (line: RequestLine) => void {
  const unredacted = log.child({}, { redact: [] })
  return ({ id, method, route, status, ms }) => unredacted.info({ id, method, route, status, ms }, 'request')
}

/** A log without output. */
export const silentLog = (): Log => pino({ level: 'silent' })
