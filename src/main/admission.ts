import { type AdmissionControl, openAdmissionControl } from '../http/admission/control.ts'
import { ENDPOINTS } from '../http/app.ts'
import { MOST_BYTES } from '../http/json-body.ts'
import { LIMITS } from '../http/admission/limits.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import { isDemo, type Settings } from '../ops/settings.ts'
import { basePath } from './wiring.ts'

const MB = 1024 * 1024
/** How often it is logged that requests are being refused, in milliseconds: each of a flood would be another flood. */
const TELL_EVERY_MS = 10_000

/** Admission control as settings have it, watched by log and metrics. */
export function admissionControl(settings: Settings, log: Log, metrics: Metrics): AdmissionControl {
  const unread = settings.MAX_UNREAD_MB * MB
  const tell = tellingOf(log)
  return openAdmissionControl({
    base: basePath(settings),
    hops: settings.TRUST_PROXY,
    mostBytes: bodiesOf(basePath(settings)),
    demoIssuer: isDemo(settings) ? '/demo-identity' : undefined,
    limits: {
      ...LIMITS,
      connections: settings.MAX_CONNECTIONS,
      connectionsEach: settings.MAX_CONNECTIONS_PER_ADDRESS,
      streamsEach: settings.MAX_STREAMS_PER_ADDRESS,
      unread,
      unreadEach: unread / 2,
    },
    watch: {
      refused(why) {
        metrics.refused.inc({ why })
        tell(`refused: ${why}`)
      },
      closed(why) {
        metrics.closed.inc({ why })
        tell(`closed: ${why}`)
      },
      aborted({ method }) {
        metrics.requests.inc({ route: 'unknown', status: ABORTED })
        log.info({ method, route: 'unknown', status: ABORTED }, 'request')
      },
      failed: (error) => log.error({ err: error }, 'a request could not be let in'),
      polled: (seconds) => metrics.polls.observe(seconds),
    },
  })
}

/** The client closed the request before it was all there. nginx has this number for it. */
const ABORTED = 499

/** Gathers what was refused, and tells of it now and then. */
function tellingOf(log: Log): (what: string) => void {
  const counts: Record<string, number> = {}
  let telling: NodeJS.Timeout | undefined
  const tell = () => {
    telling = undefined
    log.warn({ ...counts }, 'more was asked than there is room for')
    for (const what of Object.keys(counts)) delete counts[what]
  }
  return (what) => {
    counts[what] = (counts[what] ?? 0) + 1
    telling ??= setTimeout(tell, TELL_EVERY_MS).unref()
  }
}

function bodiesOf(base: string): (path: string) => number {
  const larger: ReadonlyMap<string, number> = new Map(ENDPOINTS.flatMap(({ name, mostBytes }) => (mostBytes === undefined ? [] : [[`${base}/${name}`, mostBytes] as const])))
  return (path) => larger.get(path) ?? MOST_BYTES
}
