import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import './fields.css'

interface FieldProps {
  readonly label: string
  readonly problem?: string | undefined
  readonly hint?: ComponentChildren
  /** Renders the control, with the attributes that connect it to its label, hint and problem. */
  readonly children: (controlProps: ControlProps) => ComponentChildren
}

interface ControlProps {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': boolean
}

/** A form field: label, control, hint and problem. */
export function Field({ label, problem, hint, children }: FieldProps) {
  const id = useId()
  const describedBy = [hint !== undefined && `${id}-hint`, problem !== undefined && `${id}-problem`].filter(
    (one) => one !== false,
  )
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': describedBy.join(' ') || undefined, 'aria-invalid': problem !== undefined })}
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
      <ProblemText id={`${id}-problem`} problem={problem} />
    </div>
  )
}

const ProblemText = ({ id, problem }: { id: string; problem: string | undefined }) =>
  problem === undefined ? null : (
    <small id={id} class="field-problem">
      {problem}
    </small>
  )

interface ChoiceProps<T> {
  readonly label: string
  readonly options: readonly (readonly [T, string])[]
  readonly value: T
  readonly choose: (value: T) => void
  readonly problem?: string | undefined
}

/** Radio buttons, side by side. */
export function RadioChoice<T extends string | number>({ label, options, value, choose, problem }: ChoiceProps<T>) {
  const id = useId()
  return (
    <div class="field">
      <span id={`${id}-label`} class="label">
        {label}
      </span>
      <div
        class="radios"
        role="radiogroup"
        aria-labelledby={`${id}-label`}
        aria-describedby={problem === undefined ? undefined : `${id}-problem`}
      >
        {options.map(([one, text]) => (
          <label key={one}>
            <input type="radio" name={id} checked={one === value} onChange={() => choose(one)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
      <ProblemText id={`${id}-problem`} problem={problem} />
    </div>
  )
}

/** A drop-down list. */
export function SelectChoice<T extends string | number>({
  label,
  options,
  value,
  choose,
  problem,
  hint,
}: ChoiceProps<T> & Pick<FieldProps, 'hint'>) {
  return (
    <Field label={label} problem={problem} hint={hint}>
      {(controlProps) => (
        <span class="choice">
          <select
            {...controlProps}
            value={String(value)}
            onChange={({ currentTarget }) => {
              const chosen = options[currentTarget.selectedIndex]
              if (chosen) choose(chosen[0])
            }}
          >
            {options.map(([one, text]) => (
              <option key={one} value={String(one)}>
                {text}
              </option>
            ))}
          </select>
          <Icon name="down" />
        </span>
      )}
    </Field>
  )
}
