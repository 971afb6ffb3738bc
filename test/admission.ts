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

/** What a request may ask for where nothing is limited. */
export const UNLIMITED: Admission = {
  address: '',
  isPoll: () => false,
  maxReadBytes: () => Infinity,
  enqueue: async () => {},
  nextSlice: () => undefined,
  reserveResponse: () => {},
  stream: () => {},
}

/** Admission control that has room for any test, but where it is told otherwise. */
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

/** Nobody has written anything, and nobody may not. */
export const UNCOUNTED: Pick<AppOptions, 'anonymousQuota' | 'observerQuota'> = {
  anonymousQuota: { take: () => {}, refund: () => {}, assertNothingOwed: () => {} },
  observerQuota: { take: () => openCharge([]) },
}
