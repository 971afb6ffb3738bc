import { useId, useState } from 'preact/hooks'
import { useApp } from '../live/app-context.ts'
import { DetailFields } from './detail-fields.tsx'
import { FormChecks } from './form-checks.tsx'
import { FormFoot } from './form-foot.tsx'
import { useOpenedForm } from './opened-slot.ts'
import { TelescopeField } from './telescope-field.tsx'
import { TimeFields } from './time-fields.tsx'
import { type FormProps, useForm } from './use-form.ts'
import { useFormHistory } from './use-form-history.ts'
import { useFormAddress } from './form-address.ts'

interface ReservationFormProps extends FormProps {
  /** Whether the form asks if it may be discarded. */
  readonly isAsking: boolean
  readonly setAsking: (isAsking: boolean) => void
  /** Tells the editor whether something would be lost. */
  readonly isDirty: { current: boolean }
}

/** The times and the telescope, what is known about them, then everything else, and the buttons. */
export function ReservationForm(props: ReservationFormProps) {
  const { caller, close, isAsking, setAsking, isDirty } = props
  const { signIn } = useApp().signInState
  const form = useForm(props)
  const checksId = useId()
  isDirty.current = form.isDirty
  useFormHistory({
    ...useFormAddress(form.site, form.draft, props.intent),
    isDirty: form.isDirty,
    close,
    ask: () => setAsking(true),
  })
  useOpenedForm(form.site.code, form.draft, form.draft.title)
  const isStranger = caller.id === undefined
  const { draft, note, mayOverride, isOverriding } = form
  const [isIncomplete, setIncomplete] = useState(false)
  const submit = (event: Event) => {
    event.preventDefault()
    if (isStranger) return signIn?.()
    setIncomplete(note !== undefined)
    if (note !== undefined)
      return (event.currentTarget as HTMLFormElement).querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    void form.send(draft, mayOverride && isOverriding ? { override: true } : {})
  }
  const problems = { ...form.rejection?.fields, ...(note !== undefined && { note }) }
  const { site, hasSky, initial, change } = form
  return (
    <form class="editor-form" onSubmit={submit} aria-busy={form.isBusy} noValidate>
      <div class="editor-part">
        <TelescopeField form={form} />
        <TimeFields {...{ site, hasSky, draft, initial, change, problems }} />
      </div>
      <FormChecks id={checksId} form={form} isIncomplete={isIncomplete} />
      <DetailFields form={form} caller={caller} problems={problems} />
      <FormFoot {...{ form, checksId, isStranger, isAsking, setAsking, close }} />
    </form>
  )
}
