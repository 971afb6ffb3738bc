import type { WriteOptions, WriteResult } from '../../src/client/domain/writes.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { type AppContext, mayModify } from '../live/app-context.ts'
import type { Notice } from '../notices.tsx'
import { formatSpan } from '../format/span.ts'
import { formatBoth, formatOverlap, quotedTitle } from './describe.ts'
import { changesOf, draftOf } from './draft.ts'
import type { Editing } from './editing-context.ts'
import { explain } from './explain-error.ts'
import { ChangedMeanwhile } from './current-reservation.ts'
import { siteFor } from './site-for.ts'
import type { Destination } from './destination.ts'
import { amendShown, cancelShown, restoreTo } from './writes.ts'

/* The write actions: see `write-actions.ts`, which loads this when one is called for the first time. */

/** What the write actions need to send changes and to report their outcome. */
interface Context extends AppContext {
  readonly notify: (notice: Notice) => void
  readonly open: Editing['open']
  readonly waiting: () => void
}

/** Sends a write again, at another time or with other options. */
type Retry = (to: Destination, options?: WriteOptions) => Promise<unknown>

/** Moves or resizes a reservation. Resolves to false if that failed. */
export async function move(
  context: Context,
  reservation: Reservation,
  to: Destination,
  options: WriteOptions = {},
): Promise<boolean> {
  const after = { ...reservation, ...to }
  const { start, end, site } = after
  if (start === reservation.start && end === reservation.end && site === reservation.site) return true
  const changes = { start, end, ...(site !== reservation.site && { site }) }
  try {
    notifyChanged(context, 'Moved', reservation, await amendShown(context, reservation, changes, options))
    return true
  } catch (error) {
    const again = error instanceof ChangedMeanwhile ? (error.current?.reservation ?? reservation) : reservation
    const retry: Retry = (other, retryOptions) => move(context, again, { ...to, ...other }, retryOptions)
    notifyError(context, 'Not moved:', error, after, retry)
    return false
  }
}

/** Deletes a reservation. Resolves to false if that failed. */
export async function cancel(context: Context, reservation: Reservation): Promise<boolean> {
  const { caller, notify } = context
  try {
    const deleted = await cancelShown(context, reservation)
    // Restoring needs the history, which only the observer and admins may read.
    const undo = { label: 'Undo', act: () => void restore(context, deleted.reservation, deleted.revision) }
    const actions = mayModify(caller, reservation.observer) ? [undo] : []
    notify({ tone: 'done', text: `Deleted ${formatWhat(context, deleted.reservation)}.`, actions })
    return true
  } catch (error) {
    notifyError(context, 'Not deleted:', error, reservation)
    return false
  }
}

/** Brings a reservation back to how a revision left it. Resolves to false if that failed. */
export async function restore(
  context: Context,
  reservation: Reservation,
  revision: number | undefined,
): Promise<boolean> {
  try {
    const { reservation: restored, overlapping } = await restoreTo(context, reservation.id, revision)
    const text = `Restored ${formatWhat(context, restored)}.${formatOverlap(overlapping)}`
    context.notify({ tone: 'done', text, actions: [showOf(context, restored)] })
    return true
  } catch (error) {
    notifyError(context, `Could not restore ${quotedTitle(reservation)}:`, error, reservation)
    return false
  }
}

/** Undoes a change, unless somebody has changed the reservation since. */
async function revert(context: Context, written: WriteResult, to: Reservation): Promise<void> {
  const { reservation: from } = written
  try {
    const changes = { ...changesOf(from, draftOf(to)), ...(from.site !== to.site && { site: to.site }) }
    const { reservation, overlapping } = await amendShown(context, from, changes, {}, written)
    const text = `Changed back ${formatWhat(context, reservation)}.${formatOverlap(overlapping)}`
    context.notify({ tone: 'done', text, actions: [showOf(context, reservation)] })
  } catch (error) {
    notifyError(context, 'Not changed back:', error, { ...from, ...draftOf(to) })
  }
}

/** Reports a change, which can be undone. */
export function notifyChanged(context: Context, verb: string, before: Reservation, written: WriteResult): void {
  const { reservation, overlapping } = written
  const one = reservation.extra['series_id'] === undefined ? '' : ' The others of its series stay as they are.'
  const undo = { label: 'Undo', act: () => void revert(context, written, before) }
  const text = `${verb} ${formatWhat(context, reservation)}.${formatOverlap(overlapping)}${one}`
  context.notify({ tone: 'done', text, actions: [undo, showOf(context, reservation)] })
}

/** Reports a new reservation, which can be undone. */
export function notifyReserved(context: Context, { reservation, overlapping }: WriteResult): void {
  const undo = { label: 'Undo', act: () => void cancel(context, reservation) }
  const text = `Reserved ${formatWhat(context, reservation)}.${formatOverlap(overlapping)}`
  context.notify({ tone: 'done', text, actions: [undo, showOf(context, reservation)] })
}

const showOf = ({ open }: Context, reservation: Reservation) => ({
  label: 'Show',
  act: () => open({ action: 'show', reservation }),
})

/** Reports a failure. With `retry`, offers the free times of the error, and to admins an override. */
function notifyError(context: Context, outcome: string, error: unknown, reservation: Reservation, retry?: Retry): void {
  const { caller, signInState, sites, notify } = context
  const { site } = siteFor(sites, reservation.site)
  const { text, free, mustSignIn, isTaken, isOverridable, current } = explain(error, site, reservation, caller)
  const actions = mustSignIn && signInState.signIn ? [{ label: 'Sign in again', act: signInState.signIn }] : []
  if (retry) {
    actions.push(...free.map((to) => ({ label: formatSpan(site, to), act: () => void retry(to) })))
    if (current) actions.push({ label: 'Move it all the same', act: () => void retry(reservation) })
    if (isOverridable && caller.role === 'admin')
      actions.push({
        label: `Override the ${isTaken ? 'conflict' : 'rules'}`,
        act: () => void retry(reservation, { override: true }),
      })
  }
  if (current) actions.push(showOf(context, current))
  notify({ tone: 'problem', text: `${outcome} ${text}`, actions })
}

/** `“M51” at saf, Thu 26 Nov 22:30–23:15 (Fri 27 Nov 06:30–07:15 for you)` */
const formatWhat = ({ sites }: Context, reservation: Reservation): string =>
  `${quotedTitle(reservation)} at ${reservation.site}, ${formatBoth(siteFor(sites, reservation.site).site, reservation)}`
