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

const { epochTime, isoTime } = pino.stdTimeFunctions
let [writtenAt, written] = ['', '']

/** The time of day in ISO 8601. It is written once for all lines of a millisecond. */
function timestamp(): string {
  const now = epochTime()
  if (now !== writtenAt) [writtenAt, written] = [now, isoTime()]
  return written
}

/** The line of one request. Nothing in it comes from a person, so that it needs no redaction. */
export interface RequestLine {
  readonly id: string
  readonly method: string
  /** The name of the route: not the path, which may have something secret in it. */
  readonly route: string
  readonly status: number
  readonly ms: number
}

/** The log of requests: lines of the same form in the same output, written as a whole. */
export function requestLogOf(log: Log): (line: RequestLine) => void {
  const output = (log as Log & { readonly [pino.symbols.streamSym]: Pick<LogOutput, 'write'> })[pino.symbols.streamSym]
  return ({ id, method, route, status, ms }) => {
    if (!log.isLevelEnabled('info')) return
    const fields = JSON.stringify({ id, method, route, status, ms }).slice(1, -1)
    output.write(`{"level":"info"${timestamp()},${fields},"msg":"request"}\n`)
  }
}

/** A log without output. */
export const silentLog = (): Log => pino({ level: 'silent' })
