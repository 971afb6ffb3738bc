import type { DomainCalendar } from '../client/domain/calendar.ts'
import type { SiteCode } from '../domain/site.ts'
import type { WireSiteRules } from '../wire/responses.ts'
import { askCalendar, assertKnown } from './ask-calendar.ts'
import type { CommandResult } from './outcome.ts'
import { plural } from '../domain/text.ts'
import { textTable } from './text-table.ts'

/** What observers are allowed at a site, and what the owner of the token has left. @throws CliError */
export async function rules(calendar: DomainCalendar, address: string, site: SiteCode): Promise<CommandResult> {
  const answer = await askCalendar(address, async () => {
    const [known, sites] = await Promise.all([calendar.siteRules(site), calendar.sites()])
    assertKnown([site], sites)
    return known
  })
  return { report: { at: address, ...answer }, text: textOf(answer) }
}

type WireRules = WireSiteRules['rules']
type Lengths = NonNullable<NonNullable<WireRules['lengths']>['realtime']>

function textOf({ site, from, left }: WireSiteRules): string {
  const rows = (['site', 'network'] as const).flatMap((of) =>
    linesOf(from[of]).map(([rule, name, value]) => [
      name,
      value,
      of === 'site' ? site : 'all sites',
      ...(left?.filter((one) => one.rule === rule && one.of === of).map(leftText) ?? []),
    ]),
  )
  if (rows.length === 0) return `There are no rules at ${site}.\n`
  return textTable([['rule', 'allowed', 'at', ...(left ? ['left'] : [])], ...rows], new Set())
}

const leftText = ({ left, used, rule }: NonNullable<WireSiteRules['left']>[0]) => {
  const unit = rule === 'upcoming' ? '' : ' h'
  return `${rounded(left)}${unit}, ${rounded(used)}${unit} used`
}

const rounded = (count: number) => String(Math.round(count * 100) / 100)

type Line = readonly [rule: string, name: string, value: string]

/** Each rule with its name and what it allows. */
function linesOf(of: WireRules): Line[] {
  const line = <T>(value: T | undefined, rule: string, name: string, textFor: (value: T) => string): Line[] =>
    value === undefined ? [] : [[rule, name, textFor(value)]]
  return [
    ...line(of.lengths?.realtime, 'lengths', 'length of real-time sessions', lengthsText),
    ...line(of.lengths?.project, 'lengths', 'length of project sessions', lengthsText),
    ...line(of.horizon_days, 'horizon_days', 'starts at most', (days) => `${plural(days, 'day')} from now`),
    ...line(
      of.notice_minutes,
      'notice_minutes',
      'starts at least',
      (minutes) => `${plural(minutes, 'minute')} from now`,
    ),
    ...line(of.cancel_notice_minutes, 'cancel_notice_minutes', 'deleted until', (minutes) =>
      minutes === 0 ? 'it starts' : `${plural(minutes, 'minute')} before it starts`,
    ),
    ...line(of.darkness, 'darkness', 'darkness', String),
    ...line(of.hours_per_night, 'hours_per_night', 'in one night', (hours) => plural(hours, 'hour')),
    ...line(of.hours_per_7_nights, 'hours_per_7_nights', 'in 7 nights', (hours) => plural(hours, 'hour')),
    ...line(of.upcoming, 'upcoming', 'that have not ended', String),
    ...line(of.one_at_a_time || undefined, 'one_at_a_time', 'at once', () => 'one telescope'),
  ]
}

function lengthsText({
  shortest_minutes: shortest,
  longest_minutes: longest,
  allowed_minutes: allowed,
}: Lengths): string {
  const parts = [
    ...(shortest === undefined ? [] : [`at least ${shortest}`]),
    ...(longest === undefined ? [] : [`at most ${longest}`]),
    ...(allowed === undefined ? [] : [allowed.join(' or ')]),
  ]
  return parts.length === 0 ? 'any' : `${parts.join(', ')} minutes`
}
