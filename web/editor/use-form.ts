import { useEffect, useState } from 'preact/hooks'
import type { Caller } from '../../src/client/domain/calendar.ts'
import { now } from '../live/clock.ts'
import { useApp } from '../live/app-context.ts'
import { type Draft, draftAt, draftOf, isMoved, noteProblem } from './draft.ts'
import type { EditIntent } from './editing-context.ts'
import { nextFree } from './free-slots.ts'
import { siteFor } from './site-for.ts'
import { stepAtOrAfter } from './steps.ts'
import { useOverlaps } from './use-overlaps.ts'
import { useSubmit } from './use-submit.ts'

export interface FormProps {
  readonly intent: EditIntent
  readonly caller: Caller
  /** Whether a request is on its way, see `useSubmit`. */
  readonly isSending: { current: boolean }
  readonly close: () => void
}

/** The state of the editor's form, and functions that change it. */
export type Form = ReturnType<typeof useForm>

/** Holds a draft, checks it against the reservations read so far, and sends it. */
// oxlint-disable-next-line max-lines-per-function -- one call or field a line
export function useForm({ intent, caller, isSending, close }: FormProps) {
  const before = intent.action === 'change' ? intent.reservation : undefined
  const { site, hasSky } = siteFor(useApp().sites, siteCodeOf(intent))
  const [initial, setInitial] = useState(() => draftFor(intent))
  const [draft, setDraft] = useState(initial)
  const [isSearching, setSearching] = useState(startsWithSearch(intent))
  const [isOverriding, setOverriding] = useState(false)
  const { send, isBusy, rejection, setRejection } = useSubmit({ site, before, isSending, close })
  const query = useOverlaps({ site, hasSky, draft, before, caller })
  const { otherReservations, refresh } = query

  useEffect(() => {
    if (!isSearching || !otherReservations) return
    const free = hasSky ? nextFree({ site, wanted: draft, taken: otherReservations, earliest: now() }) : undefined
    setDraft((current) => ({ ...current, ...free }))
    setInitial((current) => ({ ...current, ...free }))
    setSearching(false)
  }, [isSearching, otherReservations, hasSky, site, draft])
  // The calendar may have rejected the draft for a reservation that the page has not read yet.
  useEffect(() => {
    if (rejection) refresh()
  }, [rejection, refresh])

  const change = (next: Draft) => {
    setDraft(next)
    if (isMoved(draft, next)) setSearching(false)
    setOverriding(false)
    setRejection(undefined)
  }
  const checks = {
    note: noteProblem(draft.note, initial.note),
    mayOverride: (query.isRejected || rejection?.isOverridable === true) && caller.role === 'admin',
  }
  return {
    ...query,
    ...checks,
    site,
    hasSky,
    before,
    initial,
    draft,
    change,
    isSearching,
    isOverriding,
    setOverriding,
    send,
    isBusy,
    rejection,
  }
}

const siteCodeOf = (intent: EditIntent) => {
  if (intent.action === 'reserve') return intent.site
  return intent.action === 'copy' ? intent.of.site : intent.reservation.site
}

/** Whether the form searches for a free time first: for a new reservation without a time, and for some copies. */
const startsWithSearch = (intent: EditIntent): boolean =>
  (intent.action === 'reserve' && !intent.during) || (intent.action === 'copy' && intent.search === true)

function draftFor(intent: EditIntent): Draft {
  if (intent.action === 'copy') return { ...draftOf(intent.of), ...intent.during }
  if (intent.action === 'change') return draftOf(intent.reservation)
  const { start, end } = intent.during ?? { start: stepAtOrAfter(now()) }
  return draftAt(start, end)
}
