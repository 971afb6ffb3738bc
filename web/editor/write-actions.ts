import { useMemo } from 'preact/hooks'
import type { WriteOptions, WriteResult } from '../../src/client/domain/calendar.ts'
import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { announceChange } from '../live/changes.ts'
import { mayModify, type AppContext, useApp } from '../live/app-context.ts'
import { type Notice, useNotify } from '../notices.tsx'
import { formatSpan } from '../format.ts'
import { changesOf, draftOf, isMoved } from './draft.ts'
import { explain } from './explain-error.ts'
import { siteFor } from './site-for.ts'

/** Writes that need no form. Each reports its outcome, a failure too, in a notice, most with an Undo button. None throws. */
export interface WriteActions {
  /** Moves or resizes a reservation. Resolves to false if that failed. */
  readonly move: (reservation: Reservation, to: Interval) => Promise<boolean>
  readonly cancel: (reservation: Reservation) => Promise<void>
  /** Reports a change that was made in a form. */
  readonly notifyChanged: (before: Reservation, written: WriteResult) => void
  /** Reports a reservation that was made in a form. */
  readonly notifyReserved: (written: WriteResult) => void
}

interface Context extends AppContext {
  readonly notify: (notice: Notice) => void
}

/** Sends a write again, at another time or with other options. */
type Retry = (to: Interval, options?: WriteOptions) => Promise<unknown>

/** The write actions of the present caller. */
export function useWriteActions(): WriteActions {
  const app = useApp()
  const notify = useNotify()
  return useMemo(() => {
    const context = { ...app, notify }
    return {
      move: (reservation, to) => move(context, reservation, to),
      cancel: (reservation) => cancel(context, reservation),
      notifyChanged: (before, written) =>
        notifyChanged(context, `Saved ${quotedTitle(written.reservation)}, `, before, written),
      notifyReserved: (written) => notify({ tone: 'done', text: `Reserved ${formatWritten(context, written)}` }),
    }
  }, [app, notify])
}

async function move(
  context: Context,
  reservation: Reservation,
  to: Interval,
  options: WriteOptions = {},
): Promise<boolean> {
  if (!isMoved(reservation, to)) return true
  try {
    const { start, end } = to
    notifyChanged(context, 'Moved to ', reservation, await context.calendar.amend(reservation, { start, end }, options))
    announceChange()
    return true
  } catch (error) {
    const retry: Retry = (other, retryOptions) => move(context, reservation, other, retryOptions)
    notifyError(context, 'It was not moved.', error, { ...reservation, ...to }, retry)
    return false
  }
}

async function cancel(context: Context, reservation: Reservation): Promise<void> {
  const { calendar, caller, notify } = context
  try {
    await calendar.cancel(reservation)
    // Restoring needs the history, which only the observer and admins may read.
    const actions = mayModify(caller, reservation.observer)
      ? [{ label: 'Undo', act: () => void restore(context, reservation) }]
      : []
    notify({ tone: 'done', text: `Deleted ${quotedTitle(reservation)}, ${spanOf(context, reservation)}.`, actions })
    announceChange()
  } catch (error) {
    notifyError(context, 'It was not deleted.', error, reservation)
  }
}

/** Undoes a cancellation. */
async function restore(context: Context, reservation: Reservation): Promise<void> {
  const { calendar, notify } = context
  try {
    const history = await calendar.history(reservation.id)
    const last = history.findLast(({ after }) => after?.start === reservation.start)
    if (!last) return notify({ tone: 'problem', text: 'It was not brought back: its history is not there.' })
    const written = await calendar.restore(reservation.id, last.revision)
    notify({
      tone: 'done',
      text: `Brought back ${quotedTitle(written.reservation)}, ${formatWritten(context, written)}`,
    })
    announceChange()
  } catch (error) {
    notifyError(context, 'It was not brought back.', error, reservation)
  }
}

/** Undoes a change. */
async function revert(context: Context, from: Reservation, to: Reservation): Promise<void> {
  const { calendar, notify } = context
  try {
    const { reservation, overlapping } = await calendar.amend(from, changesOf(from, draftOf(to)))
    notify({ tone: 'done', text: `It is ${spanOf(context, reservation)} again.${formatOverlap(overlapping)}` })
    announceChange()
  } catch (error) {
    notifyError(context, 'It was not changed back.', error, { ...from, ...draftOf(to) })
  }
}

function notifyChanged(context: Context, prefix: string, before: Reservation, written: WriteResult): void {
  const undo = { label: 'Undo', act: () => void revert(context, written.reservation, before) }
  context.notify({ tone: 'done', text: `${prefix}${formatWritten(context, written)}`, actions: [undo] })
}

/** Reports a failure. With `retry`, offers the free times of the error, and to admins an override. */
function notifyError(context: Context, outcome: string, error: unknown, reservation: Reservation, retry?: Retry): void {
  const { caller, signInState, sites, notify } = context
  const { text, free, mustSignIn, isTaken, isOverridable } = explain(
    error,
    siteFor(sites, reservation.site).site,
    reservation,
  )
  const actions = mustSignIn && signInState.signIn ? [{ label: 'Sign in again', act: signInState.signIn }] : []
  if (retry) {
    actions.push(
      ...free.map((to) => ({ label: spanOf(context, { ...reservation, ...to }), act: () => void retry(to) })),
    )
    if (isOverridable && caller.role === 'admin')
      actions.push({
        label: `Override the ${isTaken ? 'conflict' : 'rules'}`,
        act: () => void retry(reservation, { override: true }),
      })
  }
  notify({ tone: 'problem', text: `${outcome} ${text}`, actions })
}

const spanOf = ({ sites }: Context, reservation: Reservation): string =>
  formatSpan(siteFor(sites, reservation.site).site, reservation)

const quotedTitle = ({ title, creator }: Reservation): string => `“${title || creator}”`

/** `21:00 to 22:00, night of 2026-03-06. It overlaps “M51” of Bo.` */
const formatWritten = (context: Context, { reservation, overlapping }: WriteResult): string =>
  `${spanOf(context, reservation)}.${formatOverlap(overlapping)}`

const formatOverlap = (overlapping: readonly Reservation[]): string => {
  const [first, ...others] = overlapping
  if (!first) return ''
  return ` It overlaps ${quotedTitle(first)} of ${first.creator}${others.length > 0 ? ` and ${others.length} more` : ''}.`
}
