import { type AdmissionControl, openAdmissionControl } from '../http/admission/control.ts'
import { ENDPOINTS } from '../http/endpoints/index.ts'
import { MAX_BODY_BYTES } from '../http/json-body.ts'
import { LIMITS } from '../http/admission/limits.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import { isDemo, type Settings } from '../ops/settings.ts'
import { basePath } from './wiring.ts'

const MB = 1024 * 1024
/** How often it is logged that requests are being refused, in milliseconds: each of a flood would be another flood. */
const LOG_EVERY_MS = 10_000

/** Admission control as settings have it, watched by log and metrics. */
export function admissionControl(settings: Settings, log: Log, metrics: Metrics): AdmissionControl {
  const unread = settings.MAX_UNREAD_MB * MB
  const notify = logRejections(log)
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
      refused(why) {
        metrics.refused.inc({ why })
        notify(`refused: ${why}`)
      },
      closed(why) {
        metrics.closed.inc({ why })
        notify(`closed: ${why}`)
      },
      aborted({ method }) {
        metrics.requests.inc({ route: 'unknown', status: ABORTED })
        log.info({ method, route: 'unknown', status: ABORTED }, 'request')
      },
      failed: (error) => log.error({ err: error }, 'admission control failed'),
      polled: (seconds) => metrics.polls.observe(seconds),
    },
  })
}

/** The client closed the request before it was all there. nginx has this number for it. */
const ABORTED = 499

/** Gathers what was refused, and tells of it now and then. */
function logRejections(log: Log): (what: string) => void {
  const counts: Record<string, number> = {}
  let logged: NodeJS.Timeout | undefined
  const notify = () => {
    logged = undefined
    log.warn({ ...counts }, 'requests rejected: over capacity')
    for (const what of Object.keys(counts)) delete counts[what]
  }
  return (what) => {
    counts[what] = (counts[what] ?? 0) + 1
    logged ??= setTimeout(notify, LOG_EVERY_MS).unref()
  }
}

function maxBodyBytesOf(base: string): (path: string) => number {
  const larger: ReadonlyMap<string, number> = new Map(ENDPOINTS.flatMap(({ name, maxBytes }) => (maxBytes === undefined ? [] : [[`${base}/${name}`, maxBytes] as const])))
  return (path) => larger.get(path) ?? MAX_BODY_BYTES
}
