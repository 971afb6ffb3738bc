import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { Caller } from '../../src/client/calendar.ts'
import { type Kind, PRIORITIES } from '../../src/domain/reservation.ts'
import { now as presentInstant } from '../live/clock.ts'
import { useApp } from '../live/app-context.ts'
import { formatPriority } from '../format.ts'
import { Dialog } from './dialog.tsx'
import { type Draft, draftAt, draftOf, isMoved, lengthsFor, MAX_NOTE_LENGTH, noteProblem, withKind } from './draft.ts'
import type { EditIntent } from './editing-context.ts'
import type { Explanation } from './explain-error.ts'
import { Field, RadioChoice, SelectChoice } from './fields.tsx'
import { FreeTimes } from './free-times.tsx'
import { useOverlaps } from './use-overlaps.ts'
import { siteFor } from './site-for.ts'
import { ProjectField } from './project-field.tsx'
import { nextFree } from './free-slots.ts'
import { useSubmit } from './use-submit.ts'
import { stepAtOrAfter } from './steps.ts'
import { OverlapNotice, Summary } from './summary.tsx'
import { TimeFields } from './time-fields.tsx'

const TITLES = { reserve: 'New reservation', copy: 'Copy reservation', change: 'Change reservation' } as const

interface EditorProps {
  readonly intent: EditIntent
  readonly close: () => void
}

/** Where a reservation is made or changed. */
export function Editor({ intent, close }: EditorProps) {
  // Who opened it: a sign-in that runs out meanwhile does not take away what was typed.
  const [caller] = useState(useApp().caller)
  const isSending = useRef(false)
  const ask = () => {
    if (!isSending.current) close()
  }
  return (
    <Dialog title={TITLES[intent.action]} close={ask} class="editor">
      {caller.id === undefined ? <SignInFirst close={close} /> : <Form {...{ intent, caller, isSending, close }} />}
    </Dialog>
  )
}

function SignInFirst({ close }: { close: () => void }) {
  const { signIn } = useApp().session
  return (
    <>
      <p>{signIn ? 'Sign in to reserve time at a telescope.' : 'Nobody can sign in to this calendar, so it can only be looked at.'}</p>
      <div class="buttons">
        {signIn && <button type="button" class="primary" onClick={() => signIn()}>Sign in</button>}
        <span class="gap" />
        <button type="button" onClick={close}>Cancel</button>
      </div>
    </>
  )
}

interface FormProps extends EditorProps {
  readonly caller: Caller
  readonly isSending: { current: boolean }
}

function Form({ intent, caller, isSending, close }: FormProps) {
  const { config, sites } = useApp()
  const before = 'reservation' in intent ? intent.reservation : undefined
  const { site, hasSky } = siteFor(sites, siteCodeOf(intent))
  const [initial, setCame] = useState(() => draftFor(intent))
  const [draft, setDraft] = useState(initial)
  const [isSeeking, setSeeking] = useState(isForSeeking(intent))
  const { send, isBusy, refusal: rejection, setRefusal } = useSubmit({ site, before, isSending, close })
  const [isOverriding, setOverriding] = useState(false)
  const ids = useId()

  const change = (next: Draft) => {
    setDraft(next)
    if (isMoved(draft, next)) setSeeking(false)
    setOverriding(false)
    setRefusal(undefined)
  }

  const meeting = useOverlaps({ site, hasSky, draft, before, caller })
  const { others: otherReservations, encounter: overlaps, problem, isTaken, isRefused, refresh } = meeting
  useEffect(() => {
    if (!isSeeking || !otherReservations) return
    const found = hasSky && nextFree({ site, wanted: draft, taken: otherReservations, earliest: presentInstant() })
    const next = found ? { ...draft, ...found } : draft
    setDraft(next)
    setCame(next)
    setSeeking(false)
  })
  // What was refused shows that more is known there than here.
  useEffect(() => {
    if (rejection) refresh()
  }, [rejection])

  const isBlocked = isRefused && caller.role !== 'admin'
  // A time that is about to be proposed is waited for, unless it cannot be had.
  const isEarly = isSeeking && problem === undefined
  const note = noteProblem(draft.note, initial.note)
  const problems = { ...rejection?.fields, ...(note !== undefined && { note }) }
  const offered = rejection && rejection.free.length > 0 ? rejection.free : meeting.free

  const submit = (event: Event) => {
    event.preventDefault()
    if (note !== undefined) (event.currentTarget as HTMLFormElement).querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    else if (!isBlocked && !isEarly) void send(draft, isTaken && isOverriding ? { override: true } : {})
  }

  return (
    <form onSubmit={submit} aria-busy={isBusy} noValidate>
      <div class="fields">
        <Field label="Title" problem={problems.title}>
          {(controlProps) => (
            <input
              {...controlProps} type="text" autoFocus autocomplete="off" maxLength={200} placeholder={before?.creator ?? caller.name ?? ''}
              value={draft.title} onInput={({ currentTarget }) => change({ ...draft, title: currentTarget.value })}
            />
          )}
        </Field>
        <KindField {...{ draft, initial, caller, change }} problem={problems.kind} />
        <TimeFields {...{ site, draft, initial, change, problems }} />
        {config.projects && (
          <ProjectField
            initial={initial.project} value={draft.project} problem={problems.project}
            choose={(project) => change({ ...draft, project })}
          />
        )}
        <SelectChoice
          label="Priority" problem={problems.priority} value={draft.priority}
          options={PRIORITIES.map((one) => [one, formatPriority(one)] as const)}
          choose={(priority) => change({ ...draft, priority })}
        />
        <Field label="Note" problem={problems.note} hint={`It becomes a FITS header. ${draft.note.length} of ${MAX_NOTE_LENGTH} characters.`}>
          {(controlProps) => (
            <input {...controlProps} type="text" autocomplete="off" value={draft.note} onInput={({ currentTarget }) => change({ ...draft, note: currentTarget.value })} />
          )}
        </Field>
      </div>
      <div class="beside">
        <Summary {...{ site, hasSky, draft, now: meeting.now }}>
          {!rejection?.isTaken && <OverlapNotice {...{ site, overlaps, problem, isBlocked }} id={`${ids}-taken`} />}
        </Summary>
        {rejection && <ErrorBox id={rejection.isTaken ? `${ids}-taken` : undefined} error={rejection} />}
        {isRefused && caller.role === 'admin' && (
          <label class="override">
            <input type="checkbox" checked={isOverriding} onChange={({ currentTarget }) => setOverriding(currentTarget.checked)} />
            Lay it across all the same
          </label>
        )}
        <FreeTimes site={site} times={offered} choose={(time) => change({ ...draft, ...time })} />
      </div>
      <div class="buttons">
        <button type="submit" class="primary" disabled={isBusy || isBlocked || isEarly} aria-describedby={isTaken ? `${ids}-taken` : undefined}>
          {before ? 'Save' : 'Reserve'}
        </button>
        <button type="button" disabled={isBusy} onClick={close}>Cancel</button>
      </div>
    </form>
  )
}

const siteCodeOf = (intent: EditIntent) => {
  if (intent.action === 'reserve') return intent.site
  return intent.action === 'copy' ? intent.of.site : intent.reservation.site
}

const isForSeeking = (intent: EditIntent): boolean =>
  (intent.action === 'reserve' && !intent.during) || (intent.action === 'copy' && intent.search === true)

function draftFor(intent: EditIntent): Draft {
  if (intent.action === 'copy') return { ...draftOf(intent.of), ...intent.during }
  if (intent.action !== 'reserve') return draftOf(intent.reservation)
  const { start, end } = intent.during ?? { start: stepAtOrAfter(presentInstant()) }
  return draftAt(start, end)
}

function KindField({ draft, initial, caller, change, problem }: {
  draft: Draft; initial: Draft; caller: Caller; change: (draft: Draft) => void; problem: string | undefined
}) {
  const options: [Kind, string][] = [['realtime', 'Real-time session'], ['project', 'Project session']]
  if (caller.role === 'admin' || initial.kind === 'maintenance') options.push(['maintenance', 'Maintenance'])
  return (
    <RadioChoice label="Type" options={options} value={draft.kind} choose={(kind) => change(withKind(draft, kind, lengthsFor(initial)))} problem={problem} />
  )
}

function ErrorBox({ id, error: { text, mustSignIn } }: { id: string | undefined; error: Explanation }) {
  const { signIn } = useApp().session
  return (
    <div id={id} role="alert" class="refusal">
      <p>{text}</p>
      {mustSignIn && signIn && <button type="button" onClick={() => signIn()}>Sign in again</button>}
    </div>
  )
}
