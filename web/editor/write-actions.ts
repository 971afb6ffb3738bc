import { useMemo } from 'preact/hooks'
import type { WriteResult } from '../../src/client/domain/writes.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { useApp } from '../live/app-context.ts'
import { useNotify } from '../notices.tsx'
import type { Destination } from './destination.ts'
import { useEditing } from './editing-context.ts'

/** Writes that need no form. Each reports its outcome, a failure too, in a notice, most with an Undo button. None throws. */
export interface WriteActions {
  /** Moves or resizes a reservation. Resolves to false if that failed. */
  readonly move: (reservation: Reservation, to: Destination) => Promise<boolean>
  /** Resolves to false if that failed. */
  readonly cancel: (reservation: Reservation) => Promise<boolean>
  /** Brings a reservation back to how a revision left it. Resolves to false if that failed. */
  readonly restore: (reservation: Reservation, revision: number | undefined) => Promise<boolean>
  /** Reports a change that was made in a form. */
  readonly notifyChanged: (before: Reservation, written: WriteResult) => void
  /** Reports a reservation that was made in a form. */
  readonly notifyReserved: (written: WriteResult) => void
}

type Runs = typeof import('./write-runs.ts')

/** The write actions of the present caller. Their code is loaded when one is called for the first time. */
export function useWriteActions(): WriteActions {
  const app = useApp()
  const notify = useNotify()
  const { open } = useEditing()
  return useMemo(() => {
    const waiting = () =>
      notify({ tone: 'problem', text: 'The calendar did not answer. Finding out whether your change was saved …' })
    const context = { ...app, notify, open, waiting }
    const run = async (act: (runs: Runs) => Promise<boolean>): Promise<boolean> => {
      try {
        return await act(await import('./write-runs.ts'))
      } catch {
        notify({ tone: 'problem', text: 'A part of the page could not be loaded, and nothing was changed. Try again.' })
        return false
      }
    }
    // What is reported has been saved already: without the code, it cannot be undone in the notice.
    const report = (act: (runs: Runs) => void) =>
      void import('./write-runs.ts').then(act).catch(() => notify({ tone: 'done', text: 'Saved.' }))
    return {
      move: (reservation, to) => run((runs) => runs.move(context, reservation, to)),
      cancel: (reservation) => run((runs) => runs.cancel(context, reservation)),
      restore: (reservation, revision) => run((runs) => runs.restore(context, reservation, revision)),
      notifyChanged: (before, written) => report((runs) => runs.notifyChanged(context, 'Saved', before, written)),
      notifyReserved: (written) => report((runs) => runs.notifyReserved(context, written)),
    }
  }, [app, notify, open])
}
