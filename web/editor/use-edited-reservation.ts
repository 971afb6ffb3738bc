import { useRef, useState } from 'preact/hooks'
import type { Reservation } from '../../src/domain/reservation.ts'
import { type AppContext, useApp } from '../live/app-context.ts'
import { differencesOf } from './describe.ts'
import { type Draft, rebased } from './draft.ts'
import type { EditIntent } from './editing-context.ts'
import { isSame, type CurrentReservation } from './current-reservation.ts'
import { siteFor } from './site-for.ts'
import { useCurrentReservation } from './use-current-reservation.ts'

/** The reservation that a form changes, as it is now. */
export interface EditedReservation {
  readonly before: Reservation | undefined
  /** The revision that the change names; undefined until it has been read. */
  readonly revision: number | undefined
  /** What somebody else has changed while the form was open, a phrase each. */
  readonly changes: readonly string[]
  readonly isGone: boolean
}

type SetDraft = (update: (draft: Draft) => Draft) => void

/**
 * Follows the reservation that a form changes. What somebody else changes meanwhile is taken over into the form, except for the
 * fields that were changed in it.
 */
export function useEditedReservation(intent: EditIntent, setDraft: SetDraft, setInitial: SetDraft): EditedReservation {
  const { sites } = useApp()
  const first = intent.action === 'change' ? intent.reservation : undefined
  const [state, setState] = useState<Omit<EditedReservation, 'changes'>>({
    before: first,
    revision: undefined,
    isGone: false,
  })
  const latest = useRef(first)
  const take = (seen: CurrentReservation | undefined) => {
    if (!seen) return setState((last) => ({ ...last, isGone: true }))
    const known = latest.current
    if (known && !isSame(known, seen.reservation)) {
      setDraft((draft) => rebased(known, seen.reservation, draft))
      setInitial((draft) => rebased(known, seen.reservation, draft))
    }
    latest.current = seen.reservation
    setState({ before: seen.reservation, revision: seen.revision, isGone: false })
  }
  // If this read fails, sending reads it again.
  useCurrentReservation(first?.id, take)
  return { ...state, changes: changesBetween(first, state.before, sites) }
}

const changesBetween = (
  first: Reservation | undefined,
  now: Reservation | undefined,
  sites: AppContext['sites'],
): string[] => (first && now && !isSame(first, now) ? differencesOf(siteFor(sites, first.site).site, first, now) : [])
