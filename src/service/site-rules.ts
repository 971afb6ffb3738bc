import type { Instant } from '../domain/interval.ts'
import type { Actor } from '../domain/observer.ts'
import { countedFrom, type Placed, type Quota, quotasAt, type Usage, usageOf } from '../domain/quotas.ts'
import { type Rules, strictest } from '../domain/rules.ts'
import type { SiteCode } from '../domain/site.ts'
import type { ServiceContext } from './context.ts'
import { ruleContextOf } from './rules.ts'

/** The rules at a site. */
export interface SiteRules {
  /** Of the site's and the network's the stricter ones. */
  readonly inForce: Rules
  readonly site: Rules
  readonly network: Rules
}

/** The rules that hold at a site. */
export function siteRulesOf(site: SiteCode, context: ServiceContext): SiteRules {
  const { network, rulesAt } = ruleContextOf(context)
  const own = rulesAt(site)
  return { inForce: strictest(own, network), site: own, network }
}

/** How much of a quota is used. */
export interface QuotaUsage extends Usage {
  readonly quota: Quota
}

/**
 * How much of each quota at a site an actor uses, for a reservation that starts at an instant.
 * @returns undefined for strangers and services, who have no quotas
 * @throws Failure as `Store.list`
 */
export async function quotaUsage(
  site: SiteCode,
  at: Instant,
  actor: Actor,
  context: ServiceContext,
): Promise<QuotaUsage[] | undefined> {
  if (actor.role === 'anonymous' || actor.role === 'service') return undefined
  const ruleContext = ruleContextOf(context)
  const quotas = quotasAt(site, ruleContext)
  const endingFrom = countedFrom({ id: '', site, kind: 'realtime', start: at, end: at + 1 }, ruleContext, false)
  if (endingFrom === undefined) return []
  const counted = await context.store.list({ observer: actor.id, endingFrom }, ({ reservation }): Placed => {
    const { id, site: where, kind, start, end } = reservation
    return { id, site: where, kind, start, end }
  })
  const { date: night } = ruleContext.nightOf(site, at)
  return quotas.map((quota) => ({ quota, ...usageOf(quota, { site, night }, counted, ruleContext) }))
}
