import { DAY, HOUR, type Interval, MINUTE, durationOf, overlaps } from './interval.ts'
import type { BrokenRule } from './objection.ts'
import { type Placed, type Quota, quotasAt, type QuotaContext, type Usage, usageOf } from './quotas.ts'
import { type BoundKind, type DarknessRule, isAllowedLength, type LengthRule, type Rules, strictest } from './rules.ts'
import type { SiteCode } from './site.ts'
import { plural } from './text.ts'

/** A change of one reservation: `before` is replaced by `after`. Without `before` it is created, without `after` deleted. */
export interface Step {
  readonly before?: Placed | undefined
  readonly after?: Placed | undefined
}

/** What all rules are evaluated with. */
export interface RuleContext extends QuotaContext {
  /** Whether it is dark at a site throughout an interval, or its position on Earth is unknown. */
  readonly isDark: (site: SiteCode, darkness: DarknessRule, during: Interval) => boolean
}

/** Which rules apply to a step: all, only the length, only the notice of deletions, or none. */
export type ApplicableRules = 'all' | 'length' | 'deletion' | 'none'

/**
 * Which rules apply to a step: none to maintenance, nor to an amendment that keeps site, interval and kind. To one that only
 * shortens, the rule of lengths alone applies.
 */
export function applicableRules({ before, after }: Step): ApplicableRules {
  const bound = before?.kind === 'maintenance' ? undefined : before
  if (!after) return bound ? 'deletion' : 'none'
  if (after.kind === 'maintenance') return 'none'
  return bound?.site === after.site && bound.kind === after.kind ? applicableToMove(bound, after) : 'all'
}

function applicableToMove(before: Interval, after: Interval): ApplicableRules {
  if (before.start === after.start && before.end === after.end) return 'none'
  return before.start <= after.start && after.end <= before.end ? 'length' : 'all'
}

/**
 * The rules that a step would break, all of them.
 * @param others the observer's reservations, at least those that end at `countedFrom` or later; may include `before`. Undefined for
 *   an observer of whom nothing is counted
 */
export function brokenRules(
  { before, after }: Step,
  others: readonly Placed[] | undefined,
  context: RuleContext,
): BrokenRule[] {
  const applicable = applicableRules({ before, after })
  if (applicable === 'deletion' && before) return brokenByDeletion(before, context)
  if (!after || applicable === 'none') return []
  const rules = inForceAt(after.site, context)
  if (applicable === 'length') return brokenLength(after, rules)
  const rest = others?.filter((one) => one.kind !== 'maintenance' && !isSameRow(one, before))
  return [
    ...brokenLength(after, rules),
    ...brokenTimes({ before, after }, rules, context),
    ...(rest ? [...brokenQuotas(after, rest, context), ...brokenAloneness(after, rest, context)] : []),
  ]
}

const isSameRow = (a: Placed, b: Placed | undefined) => a.id === b?.id && a.start === b.start

const inForceAt = (site: SiteCode, { network, rulesAt }: QuotaContext) => strictest(rulesAt(site), network)

function brokenByDeletion({ site, start }: Placed, context: QuotaContext): BrokenRule[] {
  const { cancelNotice } = inForceAt(site, context)
  if (cancelNotice === undefined || context.now <= start - cancelNotice) return []
  const until = cancelNotice === 0 ? 'it starts' : `${lengthText(cancelNotice)} before it starts`
  return [{ code: 'cancel_notice', message: `A reservation at ${site} can be deleted until ${until}.` }]
}

function brokenLength(after: Placed, { lengths }: Rules): BrokenRule[] {
  const rule = lengths?.[after.kind as BoundKind]
  if (!rule || isAllowedLength(rule, durationOf(after))) return []
  return [{ code: 'length', message: `A ${after.kind} reservation at ${after.site} lasts ${lengthsText(rule)}.` }]
}

function brokenTimes(
  { before, after }: Step & { after: Placed },
  { horizon, notice, darkness }: Rules,
  context: RuleContext,
): BrokenRule[] {
  const broken: BrokenRule[] = []
  const what = `A reservation at ${after.site}`
  if (horizon !== undefined && after.start > context.now + horizon)
    broken.push({ code: 'horizon', message: `${what} starts at most ${lengthText(horizon)} from now.` })
  if (notice !== undefined && after.start < context.now + notice && !keepsItsStart({ before, after }, context))
    broken.push({
      code: 'notice',
      message: `${what} starts ${notice === 0 ? 'in the future' : `at least ${lengthText(notice)} from now`}.`,
    })
  if (darkness !== undefined && !context.isDark(after.site, darkness, after))
    broken.push({
      code: 'darkness',
      message: `${what} lies in ${darkness} darkness from its start to its end: the Sun is more than ${DEPTHS[darkness]} degrees below the horizon.`,
    })
  return broken
}

const DEPTHS: Readonly<Record<DarknessRule, number>> = { civil: 6, nautical: 12, astronomical: 18 }

/** Whether a reservation that has not ended goes on from where it started, so that its start needs no notice. */
const keepsItsStart = ({ before, after }: Step & { after: Placed }, { now }: QuotaContext) =>
  before !== undefined &&
  before.kind !== 'maintenance' &&
  before.site === after.site &&
  before.start === after.start &&
  before.end > now

function brokenQuotas(after: Placed, rest: readonly Placed[], context: QuotaContext): BrokenRule[] {
  const quotas = quotasAt(after.site, context)
  // To look up the night takes longer than all else here, and most sites have no quotas.
  if (quotas.length === 0) return []
  const { date: night } = context.nightOf(after.site, after.start)
  return quotas
    .filter(({ code }) => code !== 'upcoming' || after.end > context.now)
    .map((quota) => ({ quota, usage: usageOf(quota, { site: after.site, night }, [...rest, after], context) }))
    .filter(({ quota, usage }) => usage.used > quota.limit)
    .map(({ quota, usage }) => ({ code: quota.code, message: quotaText(quota, usage, after.site) }))
}

function brokenAloneness(after: Placed, rest: readonly Placed[], { network, rulesAt }: QuotaContext): BrokenRule[] {
  const isAlone = (site: SiteCode) => network.oneAtATime === true || rulesAt(site).oneAtATime === true
  const other = rest.find(
    (one) => one.site !== after.site && overlaps(one, after) && (isAlone(after.site) || isAlone(one.site)),
  )
  if (!other) return []
  const message = `An observer uses one telescope at a time; another reservation at ${other.site} overlaps this one.`
  return [{ code: 'one_at_a_time', message }]
}

function quotaText({ code, from, limit }: Quota, { used, nights }: Usage, site: SiteCode): string {
  const where = from === 'site' ? `at ${site}` : 'on all telescopes together'
  if (code === 'upcoming')
    return `An observer has at most ${plural(limit, 'reservation')} ${where} that have not ended; this would be number ${used}.`
  const [first, last] = nights ?? []
  const [span, when] =
    code === 'hours_per_night' ? ['a night', `in the night of ${first}`] : ['in 7 nights', `from ${first} to ${last}`]
  return `An observer has at most ${hoursText(limit)} ${span} ${where}; with this reservation it would be ${hoursText(used)} ${when}.`
}

function lengthsText({ shortest, longest, allowed }: LengthRule): string {
  if (allowed) {
    const texts = allowed.toSorted((a, b) => a - b).map(lengthText)
    return texts.length > 1 ? `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}` : texts.join('')
  }
  const bounds = [
    shortest !== undefined && `at least ${lengthText(shortest)}`,
    longest !== undefined && `at most ${lengthText(longest)}`,
  ]
  return bounds.filter((bound) => bound !== false).join(' and ')
}

const hoursText = (seconds: number) => plural(Math.round((seconds / HOUR) * 100) / 100, 'hour')

/** A duration in the largest unit in which it is a whole number. */
function lengthText(seconds: number): string {
  if (seconds % DAY === 0) return plural(seconds / DAY, 'day')
  if (seconds % HOUR === 0) return plural(seconds / HOUR, 'hour')
  return plural(Math.round((seconds / MINUTE) * 100) / 100, 'minute')
}
