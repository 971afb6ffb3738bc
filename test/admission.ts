import { openCharge } from '../src/http/admission/charge.ts'
import type { Admission } from '../src/http/admission/admission.ts'
import { type AdmissionControl, openAdmissionControl } from '../src/http/admission/control.ts'
import type { AdmissionEvents } from '../src/http/admission/events.ts'
import { LIMITS, type Limits } from '../src/http/admission/limits.ts'
import type { AppOptions } from '../src/http/options.ts'

const UNWATCHED: AdmissionEvents = {
  refused: () => {},
  closed: () => {},
  aborted: () => {},
  polled: () => {},
  failed: () => {},
}

/** The admission of a request without limits. */
export const UNLIMITED: Admission = {
  address: '',
  isPoll: () => false,
  maxReadBytes: () => Infinity,
  enqueue: async () => {},
  nextSlice: () => undefined,
  reserveResponse: () => {},
  stream: () => {},
}

/** Opens admission control whose limits no test reaches, except for `limits`. */
export const openControl = (
  limits: Partial<Limits> = {},
  watch: Partial<AdmissionEvents> = {},
  hops = 0,
): AdmissionControl =>
  openAdmissionControl({
    base: '/dev',
    hops,
    maxBodyBytes: () => 65_536,
    limits: {
      ...LIMITS,
      connections: 1000,
      connectionsPerAddress: 1000,
      streamsPerAddress: 100,
      unread: 2 ** 26,
      unreadPerAddress: 2 ** 25,
      ...limits,
    },
    events: { ...UNWATCHED, ...watch },
  })

/** Quotas that limit nothing. */
export const UNCOUNTED: Pick<AppOptions, 'anonymousQuota' | 'observerQuota' | 'planningQuota'> = {
  anonymousQuota: { take: () => {}, refund: () => {}, assertNothingOwed: () => {} },
  observerQuota: { take: () => openCharge([]) },
  planningQuota: { take: () => {}, refund: () => {}, assertNothingOwed: () => {} },
}
