import { useId } from 'preact/hooks'
import type { Caller } from '../../src/client/domain/calendar.ts'
import { type Kind, PRIORITIES } from '../../src/domain/reservation.ts'
import { useApp } from '../live/app-context.ts'
import { formatPriority } from '../format.ts'
import { lengthsFor, MAX_NOTE_LENGTH, withKind } from './draft.ts'
import type { Explanation } from './explain-error.ts'
import { Field, RadioChoice, SelectChoice } from './fields.tsx'
import { FreeTimes } from './free-times.tsx'
import { ProjectField } from './project-field.tsx'
import { OverlapNotice, Summary } from './summary.tsx'
import { TimeFields } from './time-fields.tsx'
import { type Form, type FormProps, useForm } from './use-form.ts'

/** The fields of a reservation, a summary of the draft, and the buttons. */
export function ReservationForm(props: FormProps) {
  const { caller, close } = props
  const form = useForm(props)
  const overlapId = useId()
  const { draft, before, note, isTaken, isRejected, mayOverride, isBusy } = form
  const isBlocked = isRejected && !mayOverride
  // The form waits for the free time that it searches for, unless the reservations cannot be read.
  const isWaiting = form.isSearching && form.problem === undefined
  const submit = (event: Event) => {
    event.preventDefault()
    if (note !== undefined)
      (event.currentTarget as HTMLFormElement).querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    else if (!isBlocked && !isWaiting) void form.send(draft, mayOverride && form.isOverriding ? { override: true } : {})
  }
  return (
    <form onSubmit={submit} aria-busy={isBusy} noValidate>
      <Fields form={form} caller={caller} />
      <DraftCheck form={form} id={overlapId} isBlocked={isBlocked} />
      <div class="buttons">
        <button
          type="submit"
          class="primary"
          disabled={isBusy || isBlocked || isWaiting}
          aria-describedby={isTaken ? overlapId : undefined}
        >
          {before ? 'Save' : 'Reserve'}
        </button>
        <button type="button" disabled={isBusy} onClick={close}>
          Cancel
        </button>
      </div>
    </form>
  )
}

// oxlint-disable-next-line max-lines-per-function -- one call or field a line
function Fields({ form, caller }: { form: Form; caller: Caller }) {
  const { projects } = useApp().config
  const { site, draft, initial, before, note, rejection, change } = form
  const problems = { ...rejection?.fields, ...(note !== undefined && { note }) }
  return (
    <div class="fields">
      <Field label="Title" problem={problems.title}>
        {(controlProps) => (
          <input
            {...controlProps}
            type="text"
            autoFocus
            autocomplete="off"
            maxLength={200}
            placeholder={before?.creator ?? caller.name ?? ''}
            value={draft.title}
            onInput={({ currentTarget }) => change({ ...draft, title: currentTarget.value })}
          />
        )}
      </Field>
      <KindField form={form} caller={caller} problem={problems.kind} />
      <TimeFields {...{ site, draft, initial, change, problems }} />
      {projects && (
        <ProjectField
          initial={initial.project}
          value={draft.project}
          problem={problems.project}
          choose={(project) => change({ ...draft, project })}
        />
      )}
      <SelectChoice
        label="Priority"
        problem={problems.priority}
        value={draft.priority}
        options={PRIORITIES.map((one) => [one, formatPriority(one)] as const)}
        choose={(priority) => change({ ...draft, priority })}
      />
      <Field
        label="Note"
        problem={problems.note}
        hint={`It becomes a FITS header. ${draft.note.length} of ${MAX_NOTE_LENGTH} characters.`}
      >
        {(controlProps) => (
          <input
            {...controlProps}
            type="text"
            autocomplete="off"
            value={draft.note}
            onInput={({ currentTarget }) => change({ ...draft, note: currentTarget.value })}
          />
        )}
      </Field>
    </div>
  )
}

function KindField({
  form: { draft, initial, change },
  caller,
  problem,
}: {
  form: Form
  caller: Caller
  problem: string | undefined
}) {
  const options: [Kind, string][] = [
    ['realtime', 'Real-time session'],
    ['project', 'Project session'],
  ]
  if (caller.role === 'admin' || initial.kind === 'maintenance') options.push(['maintenance', 'Maintenance'])
  return (
    <RadioChoice
      label="Type"
      options={options}
      value={draft.kind}
      choose={(kind) => change(withKind(draft, kind, lengthsFor(initial)))}
      problem={problem}
    />
  )
}

/** The draft in words, what it overlaps, why it was rejected, and free times to choose instead. */
function DraftCheck({ form, id, isBlocked }: { form: Form; id: string; isBlocked: boolean }) {
  const { site, hasSky, draft, now, overlaps, problem, free, rejection, change } = form
  return (
    <div class="beside">
      <Summary {...{ site, hasSky, draft, now }}>
        {!rejection?.isTaken && <OverlapNotice {...{ id, site, overlaps, problem, isBlocked }} />}
      </Summary>
      {rejection && <ErrorBox id={rejection.isTaken ? id : undefined} error={rejection} />}
      {form.mayOverride && <OverrideChoice form={form} />}
      <FreeTimes
        site={site}
        times={rejection?.free.length ? rejection.free : free}
        choose={(time) => change({ ...draft, ...time })}
      />
    </div>
  )
}

function OverrideChoice({ form: { isOverriding, setOverriding, isRejected, rejection } }: { form: Form }) {
  return (
    <label class="override">
      <input
        type="checkbox"
        checked={isOverriding}
        onChange={({ currentTarget }) => setOverriding(currentTarget.checked)}
      />
      Override the {isRejected || rejection?.isTaken ? 'conflict' : 'rules'}
    </label>
  )
}

function ErrorBox({ id, error: { text, mustSignIn } }: { id: string | undefined; error: Explanation }) {
  const { signIn } = useApp().signInState
  return (
    <div id={id} role="alert" class="rejection">
      <p>{text}</p>
      {mustSignIn && signIn && (
        <button type="button" onClick={() => signIn()}>
          Sign in again
        </button>
      )}
    </div>
  )
}
