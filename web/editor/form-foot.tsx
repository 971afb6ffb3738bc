import { clockAt } from '../../src/sky/zone.ts'
import type { Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatClock } from '../format/clock.ts'
import { formatWeekday } from '../format/date.ts'
import { useApp } from '../live/app-context.ts'
import { now } from '../live/clock.ts'
import type { Form } from './use-form.ts'

interface FormFootProps {
  readonly form: Form
  /** The id of the checks, which say why the button is disabled. */
  readonly checksId: string
  readonly isStranger: boolean
  readonly isAsking: boolean
  readonly setAsking: (isAsking: boolean) => void
  readonly close: () => void
}

/** The buttons of the form. The first repeats what it does: telescope, days and times. */
export function FormFoot({ form, checksId, isStranger, isAsking, setAsking, close }: FormFootProps) {
  const { signIn } = useApp().signInState
  if (isAsking) return <DiscardQuestion close={close} keep={() => setAsking(false)} />
  if (isStranger && !signIn)
    return (
      <div class="editor-foot">
        <p>This calendar is read-only.</p>
      </div>
    )
  const mustSignIn = form.rejection?.mustSignIn === true && signIn !== undefined
  return (
    <div class="editor-foot">
      {form.mayOverride && <OverrideChoice form={form} />}
      {isStranger && <p class="hint">Sign in to reserve time at a telescope. What you have filled in is kept.</p>}
      {mustSignIn && (
        <button type="button" class="primary" onClick={() => signIn?.()}>
          Sign in again
        </button>
      )}
      <SendButton {...{ form, checksId, isStranger, isFirst: !mustSignIn }} />
      <button type="button" class="quiet" disabled={form.isBusy} onClick={close}>
        Cancel
      </button>
      {!isStranger && <span class="hint editor-undo">You can undo this</span>}
    </div>
  )
}

interface SendButtonProps extends Pick<FormFootProps, 'form' | 'checksId' | 'isStranger'> {
  readonly isFirst: boolean
}

function SendButton({ form, checksId, isStranger, isFirst }: SendButtonProps) {
  const { site, draft, before, isBusy } = form
  const isRefused = isBlocked(form)
  if (isStranger && isRefused && !form.isSearching)
    return (
      <button type="submit" class="primary" aria-describedby={checksId}>
        Sign in
      </button>
    )
  const verb = isStranger ? 'Sign in to reserve' : before ? 'Save' : 'Reserve'
  return (
    <button
      type="submit"
      class={isFirst ? 'primary' : ''}
      disabled={isBusy || (!isStranger && isRefused)}
      aria-describedby={checksId}
    >
      {isBusy ? 'Sending … ' : ''}
      {verb} {site.code}, {formatShort(site, draft)}
    </button>
  )
}

/** Whether the calendar would refuse the draft, as far as is known, or there is nothing to send yet. */
function isBlocked({
  isRejected,
  isBreaking,
  mayOverride,
  isOverriding,
  isSearching,
  problem,
  draft,
  before,
  live,
}: Form): boolean {
  if (draft.end <= draft.start || live.isGone) return true
  if (!before && draft.end <= now()) return true
  if (isSearching && problem === undefined) return true
  const isRefused = isRejected || isBreaking
  return isRefused && !(mayOverride && isOverriding)
}

/** `Thu 23:15 – Fri 01:15`, or `Thu 22:30–23:15`. */
function formatShort(site: Site, { start, end }: Interval): string {
  const day = (at: number) => formatWeekday(site, at)
  const isOneDay = clockAt(site.timeZone, start).date === clockAt(site.timeZone, end).date
  const [from, to] = [formatClock(site, start), formatClock(site, end)]
  return isOneDay ? `${day(start)} ${from}–${to}` : `${day(start)} ${from} – ${day(end)} ${to}`
}

function DiscardQuestion({ close, keep }: { close: () => void; keep: () => void }) {
  return (
    <div class="editor-foot" role="alertdialog" aria-label="Discard what you have filled in?">
      <p>Discard what you have filled in?</p>
      <button type="button" class="danger" onClick={close}>
        Discard
      </button>
      <button type="button" autoFocus onClick={keep}>
        Keep editing
      </button>
    </div>
  )
}

/** For admins: sends the draft although it is refused. */
function OverrideChoice({ form }: { form: Form }) {
  const { isOverriding, setOverriding, isRejected, rejection, overlaps } = form
  const count = overlaps?.blocking.length ?? 0
  const isConflict = isRejected || rejection?.isTaken === true
  const what = isConflict ? `overlaps ${count || 'a'} reservation${count > 1 ? 's' : ''}` : 'breaks the rules'
  return (
    <label class="override">
      <input
        type="checkbox"
        checked={isOverriding}
        onChange={({ currentTarget }) => setOverriding(currentTarget.checked)}
      />
      {form.before ? 'Save' : 'Reserve'} anyway ({what})
    </label>
  )
}
