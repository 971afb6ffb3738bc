import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Caller } from '../../src/client/domain/calendar.ts'
import { nightInterval } from '../../src/sky/zone.ts'
import { now } from '../live/clock.ts'
import { useApp } from '../live/app-context.ts'
import { useNavigation } from '../live/navigation.tsx'
import type { Objection } from './check.ts'
import { type Draft, draftAt, draftOf, isMoved, noteProblem } from './draft.ts'
import type { EditIntent } from './editing-context.ts'
import { dropForm, type FormRecord, keepForm } from './form-record.ts'
import { nextFree } from './free-slots.ts'
import { newId } from './new-id.ts'
import { siteFor } from './site-for.ts'
import { nightOfDate, stepAtOrAfter } from './steps.ts'
import { useEditedReservation } from './use-edited-reservation.ts'
import { useOverlaps } from './use-overlaps.ts'
import { useObjections, useQuotas } from './use-rule-check.ts'
import { useSubmit } from './use-submit.ts'

export interface FormProps {
  readonly intent: EditIntent
  /** The form as it was when the page was left. */
  readonly record: FormRecord | undefined
  readonly caller: Caller
  /** Whether a request is on its way, see `useSubmit`. */
  readonly isSending: { current: boolean }
  readonly close: () => void
}

/** The state of the editor's form, and functions that change it. */
export type Form = ReturnType<typeof useForm>

/** Holds a draft, checks it against what is known, keeps it for this tab, and sends it. */
// oxlint-disable-next-line max-lines-per-function -- one call or field a line
export function useForm({ intent, record, caller, isSending, close }: FormProps) {
  const { sites } = useApp()
  const shownFrom = useShownFrom()
  const [id] = useState(() => record?.id ?? newId())
  const [code, setCode] = useState(record?.site ?? siteCodeOf(intent))
  const [initial, setInitial] = useState(() => record?.initial ?? draftFor(intent, shownFrom))
  const [draft, setDraft] = useState(record?.draft ?? initial)
  const [isSearching, setSearching] = useState(record === undefined && startsWithSearch(intent))
  const [isOverriding, setOverriding] = useState(false)
  const [hasNoFreeTime, setNoFreeTime] = useState(false)
  const { site, hasSky } = useMemo(() => siteFor(sites, code), [sites, code])
  const live = useEditedReservation(intent, setDraft, setInitial)
  const { before } = live
  const { send, isBusy, rejection, setRejection } = useSubmit({
    site,
    before,
    revision: live.revision,
    id,
    isSending,
    close,
  })
  const query = useOverlaps({ site, hasSky, draft, before, caller })
  const { otherReservations, refresh } = query
  const objections = useObjections({ site, draft, before, id, caller })
  const quotas = useQuotas(site, hasSky, draft.start, caller)
  useEffect(
    () => keepForm({ intent, site: code, draft, initial, id, savedAt: now() }),
    [intent, code, draft, initial, id],
  )
  useEffect(() => dropForm, [])

  useEffect(() => {
    if (!isSearching || !otherReservations) return
    const free = hasSky ? nextFree({ site, wanted: draft, taken: otherReservations, earliest: now() }) : undefined
    setDraft((current) => ({ ...current, ...free }))
    setInitial((current) => ({ ...current, ...free }))
    setNoFreeTime(hasSky && !free)
    setSearching(false)
  }, [isSearching, otherReservations, hasSky, site, draft])
  // The calendar may have rejected the draft for a reservation that the page has not read yet.
  useEffect(() => {
    if (rejection) refresh()
  }, [rejection, refresh])

  const change = (next: Draft) => {
    setDraft(next)
    if (isMoved(draft, next)) {
      setSearching(false)
      setNoFreeTime(false)
    }
    setOverriding(false)
    setRejection(undefined)
  }
  const changeSite = (next: string) => {
    setCode(next)
    setRejection(undefined)
  }
  return {
    ...query,
    note: noteProblem(draft.note, initial.note),
    ...refusalOf(objections, query.isRejected || rejection?.isOverridable === true, caller),
    objections,
    quotas,
    isDirty: JSON.stringify(draft) !== JSON.stringify(initial),
    id,
    site,
    hasSky,
    live,
    before,
    initial,
    draft,
    change,
    changeSite,
    isSearching,
    hasNoFreeTime,
    isOverriding,
    setOverriding,
    send,
    isBusy,
    rejection,
  }
}

/** Whether rules forbid a draft, and whether an admin may send it nevertheless. */
function refusalOf(objections: readonly Objection[], isRefused: boolean, { role }: Caller) {
  const broken = objections.filter(({ code }) => code !== 'conflict')
  return {
    isRuledOut: broken.some(({ overridable }) => !overridable),
    isBreaking: broken.length > 0,
    mayOverride: (isRefused || broken.length > 0) && role === 'admin',
  }
}

/** The noon that begins the first night that is shown, if an address names one that is not over. */
function useShownFrom(): number {
  const { route } = useNavigation()
  const { sites } = useApp()
  if (route.page === 'network') return route.at ?? 0
  const site = sites.get(route.site)
  const date = route.view === 'month' ? route.night?.replace(/\d\d$/, '01') : route.night
  const night = site && date !== undefined && nightOfDate(site, date)
  return night ? nightInterval(night).start : 0
}

const siteCodeOf = (intent: EditIntent) => {
  if (intent.action === 'reserve') return intent.site
  return intent.action === 'copy' ? intent.of.site : intent.reservation.site
}

/** Whether the form searches for a free time first: for a new reservation without a time, and for some copies. */
const startsWithSearch = (intent: EditIntent): boolean =>
  (intent.action === 'reserve' && !intent.during) || (intent.action === 'copy' && intent.search === true)

function draftFor(intent: EditIntent, shownFrom: number): Draft {
  if (intent.action === 'copy') return { ...draftOf(intent.of), ...intent.during }
  if (intent.action === 'change') return draftOf(intent.reservation)
  const { start, end } = intent.during ?? { start: stepAtOrAfter(Math.max(now(), shownFrom)) }
  return draftAt(start, end)
}
