import { useRef, useState } from 'preact/hooks'
import { useNavigation } from '../live/navigation.tsx'
import { Crosshair } from './crosshair.tsx'
import { rememberTarget } from './known-targets.ts'
import type { NamedTarget } from './named-target.ts'
import { TargetSearch } from './target-search.tsx'
import { useAddressedTarget } from './use-target.ts'
import './target.css'

/** What is observed: its name, and a button without it; or a button that asks for one. */
export function TargetChip() {
  const { route, go } = useNavigation()
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = () => {
    setOpen(false)
    // What had the focus is gone.
    requestAnimationFrame(() => button.current?.focus())
  }
  const choose = (target: NamedTarget) => {
    rememberTarget(target)
    go({ ...route, target: target.text })
    close()
  }
  if (isOpen) return <TargetSearch choose={choose} close={close} />
  const isEmpty = route.target === undefined
  return (
    <span class={isEmpty ? 'target-chip empty' : 'target-chip'}>
      <button ref={button} type="button" class="target-name" onClick={() => setOpen(true)}>
        <Crosshair /> {isEmpty ? 'Target' : <TargetName text={route.target} />}
      </button>
      {!isEmpty && <ClearButton text={route.target} clear={() => go({ ...route, target: undefined })} />}
    </span>
  )
}

function ClearButton({ text, clear }: { text: string; clear: () => void }) {
  const name = `Without ${text}`
  return (
    <button type="button" class="target-clear" aria-label={name} title={name} onClick={clear}>
      <svg viewBox="0 0 10 10" aria-hidden="true">
        <path d="M1.5 1.5l7 7m0-7l-7 7" />
      </svg>
    </button>
  )
}

function TargetName({ text }: { text: string }) {
  const target = useAddressedTarget()
  if (target === 'unknown') return <span class="target-text">No target “{text}”</span>
  const { name, alias } = target ?? { name: text, alias: undefined }
  return (
    <span class="target-text">
      {name}
      {alias && <span class="target-alias"> {alias}</span>}
      <span class="visually-hidden">, another target</span>
    </span>
  )
}
