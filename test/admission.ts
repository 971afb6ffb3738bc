import { openBill } from '../src/http/admission/bill.ts'
import { type Admission, type AdmissionControl, openAdmissionControl, type Watch } from '../src/http/admission/control.ts'
import { LIMITS, type Limits } from '../src/http/admission/limits.ts'
import type { AppOptions } from '../src/http/app.ts'

const UNWATCHED: Watch = { refused: () => {}, closed: () => {}, aborted: () => {}, polled: () => {}, failed: () => {} }

/** What a request may ask for where nothing is limited. */
export const UNLIMITED: Admission = { address: '', isPoll: () => false, most: () => Infinity, standInLine: async () => {}, turn: () => undefined, claim: () => {}, stream: () => {} }

/** Admission control that has room for any test, but where it is told otherwise. */
export const openControl = (limits: Partial<Limits> = {}, watch: Partial<Watch> = {}, hops = 0): AdmissionControl =>
  openAdmissionControl({
    base: '/dev',
    hops,
    mostBytes: () => 65_536,
    limits: { ...LIMITS, connections: 1000, connectionsEach: 1000, streamsEach: 100, unread: 2 ** 26, unreadEach: 2 ** 25, ...limits },
    watch: { ...UNWATCHED, ...watch },
  })

/** Nobody has written anything, and nobody may not. */
export const UNCOUNTED: Pick<AppOptions, 'strangers' | 'observers'> = {
  strangers: { take: () => {}, give: () => {}, assertNothingOwed: () => {} },
  observers: { take: () => openBill([]) },
}
