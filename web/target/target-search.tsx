import { useEffect, useRef, useState } from 'preact/hooks'
import { coordinatesProblem, type NamedTarget } from './named-target.ts'
import { useMatches } from './use-matches.ts'

interface TargetSearchProps {
  readonly choose: (target: NamedTarget) => void
  readonly close: () => void
}

/** Asks for a target by its name or its coordinates. The arrow keys choose among those that match. */
export function TargetSearch({ choose, close }: TargetSearchProps) {
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const matches = useMatches(text)
  const targets = matches ?? []
  useEffect(() => input.current?.focus(), [])
  useEffect(() => setActive(0), [matches])
  const step = (by: number) => setActive((active + by + targets.length) % Math.max(1, targets.length))
  const chosen = targets[active]
  const acts = { step, choose: () => chosen && choose(chosen), close }
  return (
    <div class="target-search" onFocusOut={(event) => leaves(event) && close()}>
      <input
        ref={input}
        role="combobox"
        aria-label="Target: a name or coordinates"
        placeholder="M31, or 00 42 44 +41 16"
        autocomplete="off"
        spellcheck={false}
        aria-expanded={targets.length > 0}
        aria-controls="target-options"
        aria-autocomplete="list"
        aria-activedescendant={chosen && `target-${active}`}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => handleKey(event, acts)}
      />
      <Options targets={targets} active={active} choose={choose} />
      <p role="status" class="target-problem">
        {problemOf(text, matches)}
      </p>
    </div>
  )
}

interface Acts {
  readonly step: (by: number) => void
  readonly choose: () => void
  readonly close: () => void
}

function handleKey(event: KeyboardEvent, { step, choose, close }: Acts): void {
  const acts: Readonly<Record<string, () => void>> = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: choose,
    Escape: close,
  }
  const act = acts[event.key]
  if (!act) return
  event.preventDefault()
  event.stopPropagation()
  act()
}

function Options({ targets, active, choose }: OptionsProps) {
  return (
    <ul id="target-options" role="listbox" aria-label="Targets" hidden={targets.length === 0}>
      {targets.map((target, index) => (
        <li
          key={target.text}
          id={`target-${index}`}
          role="option"
          aria-selected={index === active}
          // The pointer must not take the focus from the field.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => choose(target)}
        >
          <strong>{target.name}</strong> {target.alias}
        </li>
      ))}
    </ul>
  )
}

interface OptionsProps extends Pick<TargetSearchProps, 'choose'> {
  readonly targets: readonly NamedTarget[]
  readonly active: number
}

/** Whether the focus goes to something outside. */
const leaves = ({ currentTarget, relatedTarget }: FocusEvent): boolean =>
  !(currentTarget as HTMLElement).contains(relatedTarget as Node | null)

/** Why there is nothing to choose. */
function problemOf(text: string, matches: readonly NamedTarget[] | undefined): string | undefined {
  if (text.trim() === '') return undefined
  return coordinatesProblem(text) ?? (matches?.length === 0 ? 'No target has this name.' : undefined)
}
