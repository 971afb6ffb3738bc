import type { WriteGuard } from '../domain/access.ts'
import type { ConflictPolicy } from '../domain/conflict.ts'
import type { Instant } from '../domain/interval.ts'
import type { Reservation } from '../domain/reservation.ts'
import type { Rules } from '../domain/rules.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import type { Store } from '../store/port.ts'

/** What every function of `service/` needs. Created once, in `main/`, or by a test. */
export interface ServiceContext {
  readonly store: Store
  readonly now: () => Instant
  readonly conflictPolicy: ConflictPolicy
  readonly writeGuard: WriteGuard
  readonly sites: ReadonlyMap<SiteCode, Site>
  /** The rules of the whole network; by default there are none. Those of a site are among its fields. */
  readonly networkRules?: Rules
  /** The size of a reservation as the wire's JSON, in bytes. */
  readonly sizeOf: (reservation: Reservation) => number
  /** Whether changes write outbox messages for a projects service. */
  readonly hasProjectsService: boolean
  /** The names of the receivers of webhooks, for which changes write outbox messages; by default there are none. */
  readonly receivers?: readonly string[]
}
