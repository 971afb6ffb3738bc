import { MINUTE } from '../domain/interval.ts'
import {
  BOUND_KINDS,
  isAllowedLength,
  type LengthRule,
  type Rules,
  shortestAllowed,
  strictest,
} from '../domain/rules.ts'
import type { Site } from '../domain/site.ts'

/** Problems of rules that no reservation could keep, each named by its site and field, as a sites file has them. */
export function contradictoryRules(network: Rules, sites: readonly Pick<Site, 'code' | 'rules'>[]): string[] {
  const inNetwork = contradictionsIn(network)
  if (inNetwork.length > 0) return inNetwork.map((problem) => `the network's rules: ${problem}`)
  return sites.flatMap(({ code, rules = {} }) => {
    const own = contradictionsIn(rules)
    if (own.length > 0) return own.map((problem) => `the rules of ${code}: ${problem}`)
    const merged = contradictionsIn(strictest(rules, network))
    return merged.map((problem) => `the rules of ${code} together with the network's: ${problem}`)
  })
}

function contradictionsIn(rules: Rules): string[] {
  const { notice = 0, horizon = Infinity } = rules
  return [
    ...BOUND_KINDS.flatMap((kind) =>
      contradictoryLengths(rules, rules.lengths?.[kind] ?? {}).map((problem) => `lengths.${kind}: ${problem}`),
    ),
    ...(notice >= horizon ? ['notice_minutes is not shorter than horizon_days'] : []),
  ]
}

function contradictoryLengths({ perNight, per7Nights }: Rules, rule: LengthRule): string[] {
  const { shortest = 0, longest = Infinity, allowed = [] } = rule
  if (shortest > longest) return ['shortest_minutes is above longest_minutes']
  const outside = allowed.find((length) => !isAllowedLength({ shortest, longest }, length))
  if (outside !== undefined)
    return [`allowed_minutes has ${outside / MINUTE}, which is not between shortest_minutes and longest_minutes`]
  const least = shortestAllowed(rule)
  if (least === undefined) return ['allowed_minutes leaves no length']
  const limits = { hours_per_night: perNight, hours_per_7_nights: per7Nights }
  return Object.entries(limits).flatMap(([field, limit]) =>
    limit !== undefined && least > limit ? [`no length is within ${field}`] : [],
  )
}
