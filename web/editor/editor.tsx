import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks'
import type { Caller } from '../../src/client/calendar.ts'
import { DAY, type Interval } from '../../src/domain/interval.ts'
import { type Kind, PRIORITIES, type Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { searchedSpan } from '../../src/sky/free-time.ts'
import { now as presentInstant, useNow } from '../live/clock.ts'
import { useReservations } from '../live/readings.ts'
import { useSurroundings } from '../live/surroundings.ts'
import { priorityWords } from '../words.ts'
import { Dialog } from './dialog.tsx'
import { type Draft, draftAt, draftOf, lengthsFor, LONGEST_NOTE_HERE, noteProblem, withKind } from './draft.ts'
import type { Intent } from './editing.tsx'
import type { Explanation } from './explain.ts'
import { Field, RadioChoice, SelectChoice } from './fields.tsx'
import { FreeTimes } from './free-times.tsx'
import { encounterOf, isForSky } from './judgement.ts'
import { siteFor } from './place.ts'
import { ProjectField } from './project-field.tsx'
import { freeNear, nextFree, NIGHTS } from './proposal.ts'
import { useSending } from './sending.ts'
import { stepAtOrAfter } from './steps.ts'
import { Meeting, Summary } from './summary.tsx'
import { TimeFields } from './time-fields.tsx'

type EditIntent = Extract<Intent, { what: 'reserve' | 'copy' }> | { readonly what: 'change' | 'look'; readonly reservation: Reservation }

const TITLES = { reserve: 'New reservation', copy: 'Copy reservation', change: 'Change reservation', look: 'Change reservation' } as const

interface EditorProps {
  readonly intent: EditIntent
  readonly close: () => void
}

/** Where a reservation is made or changed. */
export function Editor({ intent, close }: EditorProps) {
  // Who opened it: a sign-in that runs out meanwhile does not take away what was typed.
  const [caller] = useState(useSurroundings().caller)
  const isSending = useRef(false)
  const ask = () => {
    if (!isSending.current) close()
  }
  return (
    <Dialog title={TITLES[intent.what]} close={ask} class="editor">
      {caller.id === undefined ? <SignInFirst close={close} /> : <Form {...{ intent, caller, isSending, close }} />}
    </Dialog>
  )
}

function SignInFirst({ close }: { close: () => void }) {
  const { signIn } = useSurroundings().session
  return (
    <>
      <p>{signIn ? 'Sign in to reserve time at a telescope.' : 'Nobody can sign in to this calendar, so it can only be looked at.'}</p>
      <div class="buttons">
        {signIn && <button type="button" class="primary" onClick={() => void signIn()}>Sign in</button>}
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
  const { config, sites } = useSurroundings()
  const before = 'reservation' in intent ? intent.reservation : undefined
  const { site, hasSky } = siteFor(sites, siteCodeOf(intent))
  const now = useNow(60)
  const [came, setCame] = useState(() => draftFor(intent))
  const [draft, setDraft] = useState(came)
  const [isSeeking, setSeeking] = useState(isForSeeking(intent))
  const { send, isBusy, refusal, setRefusal } = useSending({ site, before, isSending, close })
  const [isOverriding, setOverriding] = useState(false)
  const ids = useId()

  const change = (next: Draft) => {
    setDraft(next)
    setSeeking(false)
    setOverriding(false)
    setRefusal(undefined)
  }

  const { reservations, problem, refresh } = useReservations([site.code], useWindow(site, draft))
  const others = reservations?.filter(({ id }) => id !== before?.id)
  useEffect(() => {
    if (!isSeeking || !others) return
    const found = hasSky && nextFree({ site, wanted: draft, taken: others, earliest: presentInstant() })
    const next = found ? { ...draft, ...found } : draft
    setDraft(next)
    setCame(next)
    setSeeking(false)
  })
  // What was refused shows that more is known there than here.
  useEffect(() => {
    if (refusal) refresh()
  }, [refusal])

  const wish = { ...reservationFrom(draft, site), id: before?.id ?? '', observer: before?.observer ?? caller.id ?? '' }
  const encounter = reservations && encounterOf(wish, reservations, before)
  const isTaken = (encounter?.blocking.length ?? 0) > 0
  const isRefused = isTaken && config.conflicts === 'deny'
  const isBlocked = isRefused && caller.role !== 'admin'
  const free = useMemo(
    () => (isTaken && hasSky && others && isForSky(draft) ? freeNear({ site, wanted: draft, taken: others, earliest: now }) : []),
    [isTaken, site, draft.start, draft.end, reservations, now],
  )
  const note = noteProblem(draft.note, came.note)
  const problems = { ...refusal?.fields, ...(note !== undefined && { note }) }
  const offered = refusal && refusal.free.length > 0 ? refusal.free : free

  const submit = (event: Event) => {
    event.preventDefault()
    if (note !== undefined) (event.currentTarget as HTMLFormElement).querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    else if (!isBlocked) void send(draft, isTaken && isOverriding ? { override: true } : {})
  }

  return (
    <form onSubmit={submit} aria-busy={isBusy} noValidate>
      <div class="fields">
        <Field label="Title" problem={problems.title}>
          {(ties) => (
            <input
              {...ties} type="text" autoFocus autocomplete="off" maxLength={200} placeholder={before?.creator ?? caller.name ?? ''}
              value={draft.title} onInput={({ currentTarget }) => change({ ...draft, title: currentTarget.value })}
            />
          )}
        </Field>
        <KindField {...{ draft, came, caller, change }} problem={problems.kind} />
        <TimeFields {...{ site, draft, came, change, problems }} />
        {config.projects && (
          <ProjectField
            came={came.project} value={draft.project} problem={problems.project}
            choose={(project) => change({ ...draft, project })}
          />
        )}
        <SelectChoice
          label="Priority" problem={problems.priority} value={draft.priority}
          options={PRIORITIES.map((one) => [one, priorityWords(one)] as const)}
          choose={(priority) => change({ ...draft, priority })}
        />
        <Field label="Note" problem={problems.note} hint={`It becomes a FITS header. ${draft.note.length} of ${LONGEST_NOTE_HERE} characters.`}>
          {(ties) => (
            <input {...ties} type="text" autocomplete="off" value={draft.note} onInput={({ currentTarget }) => change({ ...draft, note: currentTarget.value })} />
          )}
        </Field>
      </div>
      <div class="beside">
        <Summary {...{ site, hasSky, draft, now }}>
          {!refusal?.isTaken && <Meeting {...{ site, encounter, problem, isBlocked }} id={`${ids}-taken`} />}
        </Summary>
        {refusal && <RefusalBox id={refusal.isTaken ? `${ids}-taken` : undefined} refusal={refusal} />}
        {isRefused && caller.role === 'admin' && (
          <label class="override">
            <input type="checkbox" checked={isOverriding} onChange={({ currentTarget }) => setOverriding(currentTarget.checked)} />
            Lay it across all the same
          </label>
        )}
        <FreeTimes site={site} times={offered} choose={(time) => change({ ...draft, ...time })} />
      </div>
      <div class="buttons">
        <button type="submit" class="primary" disabled={isBusy || isBlocked} aria-describedby={isTaken ? `${ids}-taken` : undefined}>
          {before ? 'Save' : 'Reserve'}
        </button>
        <button type="button" disabled={isBusy} onClick={close}>Cancel</button>
      </div>
    </form>
  )
}

const siteCodeOf = (intent: EditIntent) => {
  if (intent.what === 'reserve') return intent.site
  return intent.what === 'copy' ? intent.of.site : intent.reservation.site
}

const isForSeeking = (intent: EditIntent): boolean =>
  (intent.what === 'reserve' && !intent.during) || (intent.what === 'copy' && intent.seek === true)

function draftFor(intent: EditIntent): Draft {
  if (intent.what === 'copy') return { ...draftOf(intent.of), ...intent.during }
  if (intent.what !== 'reserve') return draftOf(intent.reservation)
  const { start, end } = intent.during ?? { start: stepAtOrAfter(presentInstant()) }
  return draftAt(start, end)
}

/** What is judged before it is asked for; who asks is added. */
const reservationFrom = (draft: Draft, site: Site): Omit<Reservation, 'id' | 'observer'> =>
  ({ ...draft, site: site.code, creator: '', origin: 'ptr', resource: site.code, modified: 0, extra: {} })

/** The time whose reservations are needed to judge a draft and to find another time for it. */
function useWindow(site: Site, draft: Draft): Interval {
  const { maxWindowDays } = useSurroundings().config
  const span = searchedSpan(site, draft, NIGHTS)
  const end = Math.min(Math.max(span.end, draft.end), span.start + maxWindowDays * DAY)
  return { start: span.start, end }
}

function KindField({ draft, came, caller, change, problem }: {
  draft: Draft; came: Draft; caller: Caller; change: (draft: Draft) => void; problem: string | undefined
}) {
  const options: [Kind, string][] = [['realtime', 'Real-time session'], ['project', 'Project session']]
  if (caller.role === 'admin' || came.kind === 'maintenance') options.push(['maintenance', 'Maintenance'])
  return (
    <RadioChoice label="Type" options={options} value={draft.kind} choose={(kind) => change(withKind(draft, kind, lengthsFor(came)))} problem={problem} />
  )
}

function RefusalBox({ id, refusal: { text, mustSignIn } }: { id: string | undefined; refusal: Explanation }) {
  const { signIn } = useSurroundings().session
  return (
    <div id={id} role="alert" class="refusal">
      <p>{text}</p>
      {mustSignIn && signIn && <button type="button" onClick={() => void signIn()}>Sign in again</button>}
    </div>
  )
}
