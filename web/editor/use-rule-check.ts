import type { Caller, DomainCalendar } from '../../src/client/domain/calendar.ts'
import type { Reservation, ReservationId } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { useApp } from '../live/app-context.ts'
import { useRequest, useDebouncedRequest } from '../live/use-request.ts'
import type { Objection, QuotaLeft } from './check.ts'
import { changesOf, type Draft, proposedFrom } from './draft.ts'

/** Milliseconds without a change of the draft after which the calendar is asked. */
const QUIET_MS = 350

interface RuleQuestion {
  readonly site: Site
  readonly draft: Draft
  readonly before: Reservation | undefined
  readonly id: ReservationId
  readonly caller: Caller
}

/** What the calendar objects to in a draft, by `check-event`; nothing before it has answered. */
export function useObjections({ site, draft, before, id, caller }: RuleQuestion): readonly Objection[] {
  const { calendar } = useApp()
  const { start, end, kind, priority, project } = draft
  const isAsked = caller.id !== undefined && start < end
  const objections = useDebouncedRequest(
    isAsked ? () => check(calendar, { site, draft, before, id }) : undefined,
    QUIET_MS,
    [calendar, caller.id, site.code, start, end, kind, priority, project, before, id],
  )
  // If the check fails, the error of sending says what is wrong.
  return objections ?? NONE
}

const NONE: readonly Objection[] = []

async function check(
  calendar: DomainCalendar,
  { site, draft, before, id }: Omit<RuleQuestion, 'caller'>,
): Promise<readonly Objection[]> {
  if (!before) return (await calendar.checkReserve(id, proposedFrom(site, draft))).objections
  const changes = changesOf(before, draft, site.code)
  return Object.keys(changes).length === 0 ? [] : (await calendar.checkAmend(before, changes)).objections
}

/** What the caller has left of each quota in the night of a draft; nothing before the calendar has answered. */
export function useQuotas(site: Site, hasSky: boolean, start: number, caller: Caller): readonly QuotaLeft[] {
  const { calendar } = useApp()
  const night = hasSky ? nightInterval(nightAt(site, start)).start : undefined
  const key = `${site.code} ${night}`
  const ask = async () => ({ key, left: (await calendar.siteRules(site.code, start)).left ?? [] })
  const answer = useRequest(caller.id !== undefined && night !== undefined ? ask : undefined, [
    calendar,
    caller.id,
    key,
  ])
  return answer !== undefined && answer !== 'failed' && answer.key === key ? answer.left : []
}
