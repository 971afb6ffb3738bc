import { anonymous } from '../src/domain/observer.ts'
import type { HttpRequest } from '../src/http/exchange.ts'
import type { AppOptions } from '../src/http/options.ts'
import { silentLog } from '../src/ops/log.ts'
import { openMetrics } from '../src/ops/metrics.ts'
import type { Store } from '../src/store/port.ts'
import { UNCOUNTED, UNLIMITED } from './admission.ts'
import { worldOf } from './context.ts'

/** What an app over a store is made of, where everybody is a stranger, and nothing is counted or logged. */
export const appOptions = (store: Store, overrides: Partial<AppOptions> = {}): AppOptions => ({
  base: '/dev',
  context: worldOf(store),
  projects: undefined,
  portals: undefined,
  maxWindowDays: 1,
  ...UNCOUNTED,
  identity: { authenticate: async () => ({ actor: anonymous }) },
  config: {
    stage: 'dev',
    version: '',
    issuer: null,
    audience: '',
    clientId: '',
    demo: false,
    conflicts: 'deny',
    maxWindowDays: 1,
    stream: false,
    projects: false,
    maxSeries: 50,
    sites: new Map(),
    frameAncestors: [],
  },
  log: silentLog(),
  logRequest: () => {},
  metrics: openMetrics(),
  measure: () => {},
  accepting: () => true,
  mayReadMetrics: () => true,
  compress: false,
  changeStream: undefined,
  ...overrides,
})

/** A request without headers and body, of whom nothing is limited. */
export const requestTo = (method: string, path: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method,
  path,
  query: '',
  header: () => undefined,
  body: Buffer.alloc(0),
  id: '',
  admission: UNLIMITED,
  isFromThisMachine: () => true,
  ...more,
})
