import type { WriteGuard } from '../domain/access.ts'
import type { ConflictPolicy } from '../domain/conflict.ts'
import type { Instant } from '../domain/interval.ts'
import type { Reservation } from '../domain/reservation.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import type { Store } from '../store/port.ts'

/** What the verbs of `service/` act in. Made once, in `main/`, or by a test. */
export interface ServiceContext {
  readonly store: Store
  readonly now: () => Instant
  readonly conflictPolicy: ConflictPolicy
  readonly writeGuard: WriteGuard
  readonly sites: ReadonlyMap<SiteCode, Site>
  /** How large the wire's event is, in bytes. */
  readonly sizeOf: (reservation: Reservation) => number
  /** Whether there is a projects service to be told of what joins and leaves its projects. */
  readonly hasProjectsService: boolean
}
