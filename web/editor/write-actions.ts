import { useMemo } from 'preact/hooks'
import type { WriteOptions, WriteResult } from '../../src/client/calendar.ts'
import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { announceChange } from '../live/changes.ts'
import { mayModify, type AppContext, useApp } from '../live/app-context.ts'
import { type Notice, useNotify } from '../notices.tsx'
import { formatSpan } from '../format.ts'
import { type Draft, draftOf, isMoved, changesOf } from './draft.ts'
import { explain } from './explain-error.ts'
import { siteFor } from './site-for.ts'

/** What is done without a form, and told in a notice with a way back. None of it throws. */
export interface WriteActions {
  readonly move: (reservation: Reservation, to: Interval) => Promise<boolean>
  readonly remove: (reservation: Reservation) => Promise<void>
  /** Tells what was changed, and offers to change it back. */
  readonly notifyChanged: (before: Reservation, written: WriteResult) => void
  readonly notifyReserved: (written: WriteResult) => void
}

export function useWriteActions(): WriteActions {
  const app = useApp()
  const notify = useNotify()
  return useMemo(() => openWriteActions(app, notify), [app, notify])
}

function openWriteActions({ calendar, sites, caller, session }: AppContext, notify: (notice: Notice) => void): WriteActions {
  const siteOf = ({ site }: Reservation) => siteFor(sites, site).site
  const span = (reservation: Reservation) => formatSpan(siteOf(reservation), reservation)

  /** Says why something came to nothing, and what else could be done. */
  const notifyError = (what: string, error: unknown, reservation: Reservation, again?: (to: Interval, options?: WriteOptions) => Promise<unknown>) => {
    const { text, free, mustSignIn, isTaken } = explain(error, siteOf(reservation), reservation)
    const signIn = mustSignIn && session.signIn ? [{ label: 'Sign in again', act: () => session.signIn?.() }] : []
    const times = again ? free.map((to) => ({ label: span({ ...reservation, ...to }), act: () => void again(to) })) : []
    const isSure = again && isTaken && caller.role === 'admin'
    const overlapping = isSure ? [{ label: 'Lay it across all the same', act: () => void again(reservation, { override: true }) }] : []
    notify({ tone: 'problem', text: `${what} ${text}`, actions: [...signIn, ...times, ...overlapping] })
  }

  const changeBack = async (from: Reservation, to: Draft): Promise<void> => {
    const goal = { ...from, ...to }
    try {
      const { reservation, overlapping } = await calendar.amend(from, changesOf(from, to))
      notify({ tone: 'done', text: `It is ${span(reservation)} again.${formatOverlap(overlapping)}` })
      announceChange()
    } catch (error) {
      notifyError('It was not changed back.', error, goal)
    }
  }

  const move = async (reservation: Reservation, to: Interval, options: WriteOptions = {}): Promise<boolean> => {
    if (!isMoved(reservation, to)) return true
    try {
      const { start, end } = to
      const written = await calendar.amend(reservation, { start, end }, options)
      const text = `Moved to ${span(written.reservation)}.${formatOverlap(written.overlapping)}`
      notify({ tone: 'done', text, actions: [{ label: 'Undo', act: () => void changeBack(written.reservation, draftOf(reservation)) }] })
      announceChange()
      return true
    } catch (error) {
      notifyError('It was not moved.', error, { ...reservation, ...to }, (other, how) => move(reservation, other, how))
      return false
    }
  }

  const bringBack = async (reservation: Reservation): Promise<void> => {
    try {
      const history = await calendar.history(reservation.id)
      const last = history.findLast(({ after }) => after?.start === reservation.start)
      if (!last) return notify({ tone: 'problem', text: 'It was not brought back: its history is not there.' })
      const written = await calendar.restore(reservation.id, last.revision)
      notify({ tone: 'done', text: `Brought back ${named(written.reservation)}, ${span(written.reservation)}.${formatOverlap(written.overlapping)}` })
      announceChange()
    } catch (error) {
      notifyError('It was not brought back.', error, reservation)
    }
  }

  const remove = async (reservation: Reservation): Promise<void> => {
    try {
      await calendar.cancel(reservation)
      // Another's history cannot be read, so what was another's cannot be brought back.
      const actions = mayModify(caller, reservation.observer) ? [{ label: 'Undo', act: () => void bringBack(reservation) }] : []
      notify({ tone: 'done', text: `Deleted ${named(reservation)}, ${span(reservation)}.`, actions })
      announceChange()
    } catch (error) {
      notifyError('It was not deleted.', error, reservation)
    }
  }

  return {
    move,
    remove,
    notifyChanged(before, { reservation, overlapping }) {
      const text = `Saved ${named(reservation)}, ${span(reservation)}.${formatOverlap(overlapping)}`
      notify({ tone: 'done', text, actions: [{ label: 'Undo', act: () => void changeBack(reservation, draftOf(before)) }] })
    },
    notifyReserved({ reservation, overlapping }) {
      notify({ tone: 'done', text: `Reserved ${span(reservation)}.${formatOverlap(overlapping)}` })
    },
  }
}

const named = ({ title, creator }: Reservation): string => `“${title || creator}”`

const formatOverlap = (overlapping: readonly Reservation[]): string => {
  const [first, ...otherReservations] = overlapping
  if (!first) return ''
  return ` It overlaps ${named(first)} of ${first.creator}${otherReservations.length > 0 ? ` and ${otherReservations.length} more` : ''}.`
}
