import { type AdmissionControl, openAdmissionControl } from '../http/admission/control.ts'
import { ENDPOINTS } from '../http/endpoints/index.ts'
import { MAX_BODY_BYTES } from '../http/json-body.ts'
import { LIMITS } from '../http/admission/limits.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import { isDemo, type Settings } from '../ops/settings.ts'
import { basePath } from './wiring.ts'

const MB = 1024 * 1024
/** Rejections are logged as a summary at this interval: a line for each would be a flood of its own. */
const LOG_EVERY_MS = 10_000

/** Opens admission control with the limits of the settings, reporting to log and metrics. */
export function admissionControl(settings: Settings, log: Log, metrics: Metrics): AdmissionControl {
  const unread = settings.MAX_UNREAD_MB * MB
  const summary = rejectionSummary(log)
  return openAdmissionControl({
    base: basePath(settings),
    hops: settings.TRUST_PROXY,
    maxBodyBytes: maxBodyBytesOf(basePath(settings)),
    demoIssuer: isDemo(settings) ? '/demo-identity' : undefined,
    limits: {
      ...LIMITS,
      connections: settings.MAX_CONNECTIONS,
      connectionsPerAddress: settings.MAX_CONNECTIONS_PER_ADDRESS,
      streamsPerAddress: settings.MAX_STREAMS_PER_ADDRESS,
      unread,
      unreadPerAddress: unread / 2,
    },
    events: {
      refused(reason) {
        metrics.refused.inc({ why: reason })
        summary.count(`refused: ${reason}`)
      },
      closed(reason) {
        metrics.closed.inc({ why: reason })
        summary.count(`closed: ${reason}`)
      },
      aborted({ method }) {
        metrics.requests.inc('unknown', ABORTED)
        log.info({ method, route: 'unknown', status: ABORTED }, 'request')
      },
      failed: (error) => log.error({ err: error }, 'admission control failed'),
      polled: (seconds) => metrics.polls.observe(seconds),
    },
  })
}

/** The status, as in nginx, of a request that the client closed before its body had arrived. */
const ABORTED = 499

/** Counts rejections by reason, and logs the counts at most once in each interval. */
function rejectionSummary(log: Log): { count(reason: string): void } {
  let counts: Record<string, number> = {}
  let timer: NodeJS.Timeout | undefined
  const write = () => {
    timer = undefined
    log.warn(counts, 'requests rejected: over capacity')
    counts = {}
  }
  return {
    count(reason) {
      counts[reason] = (counts[reason] ?? 0) + 1
      timer ??= setTimeout(write, LOG_EVERY_MS).unref()
    },
  }
}

function maxBodyBytesOf(base: string): (path: string) => number {
  const exceptions: ReadonlyMap<string, number> = new Map(
    ENDPOINTS.flatMap(({ name, maxBytes }) => (maxBytes === undefined ? [] : [[`${base}/${name}`, maxBytes] as const])),
  )
  return (path) => exceptions.get(path) ?? MAX_BODY_BYTES
}
