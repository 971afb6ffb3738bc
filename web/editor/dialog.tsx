import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks'
import './editor.css'

interface DialogProps {
  readonly title: string
  /** Asked for by Escape; the dialog stays until it is no longer rendered. */
  readonly close: () => void
  readonly children: ComponentChildren
  readonly class?: string
}

/** A modal dialog: focus stays in it, and goes back to where it was. */
export function Dialog({ title, close, children, class: className }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()
  const latest = useRef(close)
  latest.current = close

  useLayoutEffect(() => {
    const opener = document.activeElement
    dialog.current?.showModal()
    return () => {
      dialog.current?.close()
      const back = opener instanceof HTMLElement && opener.isConnected && opener !== document.body ? opener : document.getElementById('content')
      back?.focus({ preventScroll: true })
    }
  }, [])

  useEffect(() => {
    const shown = dialog.current
    const ask = (event: Event) => {
      if (event.target !== shown) return
      event.preventDefault()
      latest.current()
    }
    shown?.addEventListener('cancel', ask)
    return () => shown?.removeEventListener('cancel', ask)
  }, [])

  return (
    <dialog ref={dialog} class={`sheet ${className ?? ''}`} aria-labelledby={heading}>
      <h2 id={heading} tabIndex={-1}>{title}</h2>
      {children}
    </dialog>
  )
}
