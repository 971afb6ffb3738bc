import { brokenRules, applicableRules, type RuleContext, type Step } from '../domain/broken-rules.ts'
import type { BrokenRule } from '../domain/objection.ts'
import { type Actor, isReservedId } from '../domain/observer.ts'
import { countedFrom } from '../domain/quotas.ts'
import type { Reservation } from '../domain/reservation.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import { isDarkThroughout } from '../sky/dark-enough.ts'
import { nightAt, nightInterval } from '../sky/zone.ts'
import type { ObserverWindow, Outline } from '../store/port.ts'
import type { ServiceContext } from './context.ts'

/** A change of one reservation, with its observer. */
export interface ObserverStep extends Step {
  readonly after?: Pick<Reservation, keyof Outline> | undefined
}

/** Whether rules bind an actor: not a service. */
export const isBound = (actor: Actor): boolean => actor.role === 'observer' || actor.role === 'admin'

/** The rules that a step of an actor would break. @param ofObserver what is counted, as `observersOf` asks for */
export const brokenBy = (
  step: ObserverStep,
  actor: Actor,
  ofObserver: readonly Outline[],
  context: ServiceContext,
): BrokenRule[] => {
  if (!isBound(actor)) return []
  const owner = step.after?.observer ?? ''
  const counted = isReservedId(owner) ? undefined : ofObserver.filter(({ observer }) => observer === owner)
  return brokenRules(step, counted, ruleContextOf(context))
}

/** The reservations that have to be counted to evaluate the rules for a step; none if no rule counts. */
export function observersOf({ before, after }: ObserverStep, actor: Actor, context: ServiceContext): ObserverWindow[] {
  if (!after || !isBound(actor) || applicableRules({ before, after }) !== 'all') return []
  const { networkRules = {}, sites } = context
  const isAlone =
    networkRules.oneAtATime === true || [...sites.values()].some(({ rules }) => rules?.oneAtATime === true)
  const endingFrom = countedFrom(after, ruleContextOf(context), isAlone)
  return endingFrom === undefined ? [] : [{ observer: after.observer, endingFrom }]
}

/** What the rules are evaluated with. */
export const ruleContextOf = ({ now, networkRules = {}, sites }: ServiceContext): RuleContext => ({
  now: now(),
  network: networkRules,
  rulesAt: (site) => sites.get(site)?.rules ?? {},
  nightOf: (site, at) => {
    const night = nightAt(sites.get(site) ?? nowhere(site), at)
    return { date: night.date, ...nightInterval(night) }
  },
  isDark: (code, darkness, during) => {
    const site = sites.get(code)
    return site === undefined || isDarkThroughout(site, darkness, during)
  },
})

/** Where the position on Earth is not known, nights go from noon to noon in UTC. */
const nowhere = (code: SiteCode): Site => ({
  code,
  name: code,
  latitude: 0,
  longitude: 0,
  elevation: 0,
  timeZone: 'UTC',
  enclosure: '',
})
