import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks'
import './editor.css'

interface DialogProps {
  readonly title: string
  /** Called on Escape. The dialog stays open until its parent no longer renders it. */
  readonly close: () => void
  readonly children: ComponentChildren
  readonly class?: string
}

/** A modal dialog. Focus returns to the element that opened it. */
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
      const target =
        opener instanceof HTMLElement && opener.isConnected && opener !== document.body
          ? opener
          : document.getElementById('content')
      target?.focus({ preventScroll: true })
    }
  }, [])

  useEffect(() => {
    const shown = dialog.current
    const handleCancel = (event: Event) => {
      if (event.target !== shown) return
      event.preventDefault()
      latest.current()
    }
    shown?.addEventListener('cancel', handleCancel)
    return () => shown?.removeEventListener('cancel', handleCancel)
  }, [])

  return (
    <dialog ref={dialog} class={`dialog ${className ?? ''}`} aria-labelledby={heading}>
      <h2 id={heading} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </dialog>
  )
}
