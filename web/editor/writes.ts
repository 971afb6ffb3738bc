import { useMemo } from 'preact/hooks'
import type { Manner, Written } from '../../src/client/calendar.ts'
import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { announceChange } from '../live/changes.ts'
import { mayChange, type Surroundings, useSurroundings } from '../live/surroundings.ts'
import { type Notice, useTell } from '../notices.tsx'
import { spanWords } from '../words.ts'
import { type Draft, draftOf, isMoved, changesOf } from './draft.ts'
import { explain } from './explain.ts'
import { siteFor } from './place.ts'

/** What is done without a form, and told in a notice with a way back. None of it throws. */
export interface Writes {
  readonly move: (reservation: Reservation, to: Interval) => Promise<boolean>
  readonly remove: (reservation: Reservation) => Promise<void>
  /** Tells what was changed, and offers to change it back. */
  readonly tellChanged: (before: Reservation, written: Written) => void
  readonly tellReserved: (written: Written) => void
}

export function useWrites(): Writes {
  const surroundings = useSurroundings()
  const tell = useTell()
  return useMemo(() => writesWith(surroundings, tell), [surroundings, tell])
}

function writesWith({ calendar, sites, caller, session }: Surroundings, tell: (notice: Notice) => void): Writes {
  const siteOf = ({ site }: Reservation) => siteFor(sites, site).site
  const span = (reservation: Reservation) => spanWords(siteOf(reservation), reservation)

  /** Says why something came to nothing, and what else could be done. */
  const tellTrouble = (what: string, error: unknown, reservation: Reservation, again?: (to: Interval, manner?: Manner) => Promise<unknown>) => {
    const { text, free, mustSignIn, isTaken } = explain(error, siteOf(reservation), reservation)
    const signIn = mustSignIn && session.signIn ? [{ label: 'Sign in again', act: () => session.signIn?.() }] : []
    const times = again ? free.map((to) => ({ label: span({ ...reservation, ...to }), act: () => void again(to) })) : []
    const isSure = again && isTaken && caller.role === 'admin'
    const across = isSure ? [{ label: 'Lay it across all the same', act: () => void again(reservation, { override: true }) }] : []
    tell({ tone: 'problem', text: `${what} ${text}`, actions: [...signIn, ...times, ...across] })
  }

  const changeBack = async (from: Reservation, to: Draft): Promise<void> => {
    const goal = { ...from, ...to }
    try {
      const { reservation, across } = await calendar.amend(from, changesOf(from, to))
      tell({ tone: 'done', text: `It is ${span(reservation)} again.${overlapWords(across)}` })
      announceChange()
    } catch (error) {
      tellTrouble('It was not changed back.', error, goal)
    }
  }

  const move = async (reservation: Reservation, to: Interval, manner: Manner = {}): Promise<boolean> => {
    if (!isMoved(reservation, to)) return true
    try {
      const { start, end } = to
      const written = await calendar.amend(reservation, { start, end }, manner)
      const text = `Moved to ${span(written.reservation)}.${overlapWords(written.across)}`
      tell({ tone: 'done', text, actions: [{ label: 'Undo', act: () => void changeBack(written.reservation, draftOf(reservation)) }] })
      announceChange()
      return true
    } catch (error) {
      tellTrouble('It was not moved.', error, { ...reservation, ...to }, (other, how) => move(reservation, other, how))
      return false
    }
  }

  const bringBack = async (reservation: Reservation): Promise<void> => {
    try {
      const history = await calendar.history(reservation.id)
      const last = history.findLast(({ after }) => after?.start === reservation.start)
      if (!last) return tell({ tone: 'problem', text: 'It was not brought back: its history is not there.' })
      const written = await calendar.restore(reservation.id, last.revision)
      tell({ tone: 'done', text: `Brought back ${named(written.reservation)}, ${span(written.reservation)}.${overlapWords(written.across)}` })
      announceChange()
    } catch (error) {
      tellTrouble('It was not brought back.', error, reservation)
    }
  }

  const remove = async (reservation: Reservation): Promise<void> => {
    try {
      await calendar.cancel(reservation)
      // Another's history cannot be read, so what was another's cannot be brought back.
      const actions = mayChange(caller, reservation.observer) ? [{ label: 'Undo', act: () => void bringBack(reservation) }] : []
      tell({ tone: 'done', text: `Deleted ${named(reservation)}, ${span(reservation)}.`, actions })
      announceChange()
    } catch (error) {
      tellTrouble('It was not deleted.', error, reservation)
    }
  }

  return {
    move,
    remove,
    tellChanged(before, { reservation, across }) {
      const text = `Saved ${named(reservation)}, ${span(reservation)}.${overlapWords(across)}`
      tell({ tone: 'done', text, actions: [{ label: 'Undo', act: () => void changeBack(reservation, draftOf(before)) }] })
    },
    tellReserved({ reservation, across }) {
      tell({ tone: 'done', text: `Reserved ${span(reservation)}.${overlapWords(across)}` })
    },
  }
}

const named = ({ title, creator }: Reservation): string => `“${title || creator}”`

const overlapWords = (across: readonly Reservation[]): string => {
  const [first, ...others] = across
  if (!first) return ''
  return ` It overlaps ${named(first)} of ${first.creator}${others.length > 0 ? ` and ${others.length} more` : ''}.`
}
