import { type CommandDecision, mayCommand } from '../domain/command.ts'
import { DAY, type Instant, MAX_INSTANT, secondAt } from '../domain/interval.ts'
import type { Actor, ObserverId } from '../domain/observer.ts'
import type { SiteCode } from '../domain/site.ts'
import type { ServiceContext } from './context.ts'
import { outlineWindow, siteQuery } from './site-query.ts'

/** How long a permission holds at most, in seconds: a reservation or a closure may be made at any time. */
export const MAX_PERMISSION = 30
/** How far ahead a refusal looks for the next change, in seconds. */
const MAX_REFUSAL = DAY

/** Asks whether this observer may command this telescope at this instant. */
export interface CommandQuery {
  readonly observer: ObserverId
  readonly site: SiteCode
  readonly at: Instant
  /** The observer's roles, as a service states them; ignored from other callers. */
  readonly roles: readonly string[]
}

/** Whether they may, why, and until when that holds. */
export interface CommandCheck extends CommandDecision {
  readonly until: Instant
}

/**
 * Whether an observer may command a telescope. A permission holds for 30 s at most, a refusal for a day; both end where the
 * next reservation at the telescope starts or ends.
 */
export async function checkCommand(
  { observer, site, at, roles }: CommandQuery,
  actor: Actor,
  context: ServiceContext,
): Promise<CommandCheck> {
  const admin = isAdmin(observer, roles, actor)
  const query = siteQuery([site], secondAt(at), context)
  // Reservations decide nothing for an admin.
  const active = admin ? [] : await context.store.list(query, ({ reservation }) => reservation)
  const decision = mayCommand(observer, { isAdmin: admin, active })
  let until = Math.min(at + (decision.allowed ? MAX_PERMISSION : MAX_REFUSAL), MAX_INSTANT - 1)
  for await (const chunk of context.store.outlines(outlineWindow(site, { start: at, end: until }, context)))
    for (const { start, end } of chunk) until = Math.min(until, start > at ? start : end)
  return { ...decision, until }
}

/** A service knows its users' roles. A token shows those of its owner only. */
const isAdmin = (observer: ObserverId, roles: readonly string[], actor: Actor): boolean =>
  actor.role === 'service' ? roles.includes('admin') : actor.role === 'admin' && actor.id === observer
