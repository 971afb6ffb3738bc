import { now } from '../live/clock.ts'
import { useApp } from '../live/app-context.ts'
import { NIGHTS } from '../nights-searched.ts'
import { useTarget } from '../target/use-target.ts'
import { Alternatives } from './alternatives.tsx'
import type { Check } from './check.ts'
import { Checks } from './checks.tsx'
import { isSkyRelevant } from './draft-checks.ts'
import type { Explanation } from './explain-error.ts'
import { darkCheck, targetCheck } from './sky-checks.ts'
import { freeCheck, quotaChecks, ruleChecks, timingCheck } from './time-checks.ts'
import { useAlternatives } from './use-alternatives.ts'
import type { Form } from './use-form.ts'
import type { NamedTarget } from '../target/named-target.ts'

interface FormChecksProps {
  readonly id: string
  readonly form: Form
  /** Whether the user has tried to send it with an invalid field. */
  readonly isIncomplete: boolean
}

/** What is known about the times of a draft, why the calendar refused it, and better times. */
export function FormChecks({ id, form, isIncomplete }: FormChecksProps) {
  const { sites } = useApp()
  const { site, hasSky, draft, free, isTaken, rejection, before, change, changeSite, live } = form
  const target = useTarget()
  const isSky = isSkyRelevant(draft)
  const during = { start: draft.start, end: draft.end }
  const elsewhere = useAlternatives({
    site,
    hasSky,
    during,
    isTaken: isTaken || form.hasNoFreeTime,
    target,
    before,
    isSky,
  })
  const near = (rejection?.free.length ? rejection.free : free).map((time) => ({ ...time, site: site.code }))
  const choose = ({ site: code, start, end }: { site: string; start: number; end: number }) => {
    change({ ...draft, start, end })
    if (code !== site.code) changeSite(code)
  }
  return (
    <div class="editor-checks">
      <Checks id={id} checks={checksOf(form, target)} />
      <LiveChanges changes={live.changes} isGone={live.isGone} />
      {isIncomplete && <p class="problem">Please correct the marked fields.</p>}
      {rejection && <Rejection error={rejection} />}
      <Alternatives label="Free dark time nearby" offers={near} {...{ sites, choose }} now={now()} />
      <Alternatives
        label={target ? `Better for ${target.name}` : 'At other telescopes'}
        offers={elsewhere}
        {...{ sites, choose }}
        now={now()}
      />
    </div>
  )
}

function checksOf(form: Form, target: NamedTarget | undefined): Check[] {
  const { site, hasSky, draft, overlaps, otherReservations: others, problem, quotas, objections, isSearching } = form
  if (isSearching && !problem) return [{ state: 'unknown', strong: '', rest: 'Looking for free dark time …' }]
  const isSky = hasSky && isSkyRelevant(draft)
  const during = { start: draft.start, end: draft.end }
  const checks = [
    timingCheck(site, draft, now()),
    freeCheck({ site, during, overlaps, others, problem }),
    isSky ? darkCheck(site, during) : undefined,
    isSky && target ? targetCheck(site, during, target) : undefined,
    ...ruleChecks(objections),
    ...quotaChecks(quotas),
  ].filter((check) => check !== undefined)
  if (form.before?.extra['series_id'] !== undefined)
    checks.push({ state: 'warning', strong: 'One of a series', rest: ': this one alone is changed.' })
  if (form.hasNoFreeTime)
    checks.unshift({ state: 'warning', strong: '', rest: `No free dark time here in the next ${NIGHTS} nights.` })
  return checks
}

function LiveChanges({ changes, isGone }: { changes: readonly string[]; isGone: boolean }) {
  return (
    <div role="status" class="editor-live">
      {isGone && <p class="problem">Someone has deleted this reservation. Nothing can be saved.</p>}
      {!isGone && changes.length > 0 && (
        <p>Someone changed this meanwhile: {changes.join('; ')}. What you have changed yourself stays.</p>
      )}
    </div>
  )
}

const Rejection = ({ error: { text } }: { error: Explanation }) => (
  <div role="alert" class="rejection">
    <p>{text}</p>
  </div>
)
