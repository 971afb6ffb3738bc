import type { Caller } from '../../src/client/domain/calendar.ts'
import { type Kind, type Priority, PRIORITIES } from '../../src/domain/reservation.ts'
import { formatPriority } from '../format/kind.ts'
import { useApp } from '../live/app-context.ts'
import { lengthsFor, MAX_NOTE_LENGTH, withKind } from './draft.ts'
import type { Explanation } from './explain-error.ts'
import { Field, RadioChoice, SelectChoice } from './fields.tsx'
import { ProjectField } from './project-field.tsx'
import type { Form } from './use-form.ts'

const KIND_HINTS: Readonly<Record<Kind, string>> = {
  realtime: 'You control the telescope yourself during this time.',
  project: 'The scheduler observes the project for you; you need not be there.',
  maintenance: 'Nobody can observe during this time. It may last for days.',
}

const PRIORITY_HINTS: Readonly<Record<Priority, string>> = {
  standard: 'Standard: nobody else may delete it, admins aside.',
  low_priority: 'Low priority: any observer may delete it to use the time.',
  background: 'Background: any observer may delete it to use the time.',
  time_critical: 'Time critical: it needs just this time. Nobody else may delete it, admins aside.',
}

interface DetailFieldsProps {
  readonly form: Form
  readonly caller: Caller
  readonly problems: Explanation['fields']
}

interface FieldOfForm extends Pick<DetailFieldsProps, 'form' | 'caller'> {
  readonly problem: string | undefined
}

/** Title, type, project, priority and note; what a choice means is said below it. */
export function DetailFields({ form, caller, problems }: DetailFieldsProps) {
  const { projects } = useApp().config
  const { draft, initial, change } = form
  return (
    <div class="editor-part">
      <TitleField form={form} caller={caller} problem={problems.title} />
      <div class="pair">
        <KindField form={form} caller={caller} problem={problems.kind} />
        {projects && caller.id !== undefined && (
          <ProjectField
            initial={initial.project}
            value={draft.project}
            problem={problems.project}
            choose={(project) => change({ ...draft, project })}
          />
        )}
      </div>
      <p class="hint">{KIND_HINTS[draft.kind]}</p>
      <div class="pair">
        <SelectChoice
          label="Priority"
          problem={problems.priority}
          value={draft.priority}
          options={PRIORITIES.map((one) => [one, formatPriority(one)] as const)}
          choose={(priority) => change({ ...draft, priority })}
        />
        <NoteField form={form} problem={problems.note} />
      </div>
      <p class={draft.priority === 'standard' ? 'hint' : 'hint explained'}>{PRIORITY_HINTS[draft.priority]}</p>
    </div>
  )
}

function TitleField({ form: { draft, before, change }, caller, problem }: FieldOfForm) {
  return (
    <Field label="Title" problem={problem}>
      {(controlProps) => (
        <input
          {...controlProps}
          type="text"
          data-focus
          autocomplete="off"
          maxLength={200}
          dir="auto"
          placeholder={before?.creator ?? caller.name ?? ''}
          value={draft.title}
          onInput={({ currentTarget }) => change({ ...draft, title: currentTarget.value })}
        />
      )}
    </Field>
  )
}

function KindField({ form: { draft, initial, change }, caller, problem }: FieldOfForm) {
  const options: [Kind, string][] = [
    ['realtime', 'Real-time'],
    ['project', 'Project'],
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

function NoteField({ form: { draft, change }, problem }: { form: Form; problem: string | undefined }) {
  return (
    <Field
      label="Note in the FITS header"
      problem={problem}
      hint={
        draft.note !== '' && problem === undefined
          ? `Written into your images’ FITS header. ${draft.note.length} of ${MAX_NOTE_LENGTH} characters.`
          : undefined
      }
    >
      {(controlProps) => (
        <input
          {...controlProps}
          type="text"
          autocomplete="off"
          placeholder="Optional"
          title={`Written into your images’ FITS header. Up to ${MAX_NOTE_LENGTH} characters.`}
          value={draft.note}
          onInput={({ currentTarget }) => change({ ...draft, note: currentTarget.value })}
        />
      )}
    </Field>
  )
}
