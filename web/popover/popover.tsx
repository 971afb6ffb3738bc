import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks'
import type { Anchor } from '../editor/editing-context.ts'
import { standBeside } from './place.ts'
import { useAnchor } from './use-anchor.ts'
import './popover.css'

interface PopoverProps {
  readonly class: string
  /** Names it. */
  readonly title: ComponentChildren
  /** What stands beside the title. */
  readonly aside?: ComponentChildren
  /** What it stands beside; it stands in the middle of the window without. */
  readonly anchor: Anchor | undefined
  /** Called on Escape and by the button in its corner. It stays open until its parent no longer renders it. */
  readonly close: () => void
  /** Called for a press elsewhere. */
  readonly leave?: () => void
  readonly children: ComponentChildren
}

/**
 * A dialog beside what it is about, without a veil: what lies around it can be seen and used. In a narrow window it is a sheet at
 * the bottom. Focus moves into it, and goes back to where it was.
 */
export function Popover(props: PopoverProps) {
  const { class: className, title, aside, close, leave, children } = props
  const anchor = useAnchor(props.anchor)
  const box = useRef<HTMLDivElement>(null)
  const heading = useId()
  usePlace(box, anchor)
  useFocus(box)
  useEscape(box, close)
  useLeave(box, leave)
  return (
    <div ref={box} role="dialog" class={`popover ${className}`} aria-labelledby={heading} tabIndex={-1}>
      <div class="popover-head">
        <h2 id={heading}>{title}</h2>
        {aside}
        <button type="button" class="popover-close" aria-label="Close" onClick={close}>
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path d="M2 2 10 10M10 2 2 10" />
          </svg>
        </button>
      </div>
      {children}
    </div>
  )
}

type Box = { readonly current: HTMLDivElement | null }

/** Keeps the popover beside its anchor when it or the window changes its size. */
function usePlace(box: Box, anchor: Anchor | undefined): void {
  useLayoutEffect(() => {
    const place = () => box.current && standBeside(box.current, anchor)
    place()
    const observer = new ResizeObserver(place)
    if (box.current) observer.observe(box.current)
    addEventListener('resize', place)
    return () => {
      observer.disconnect()
      removeEventListener('resize', place)
    }
  }, [anchor?.x, anchor?.y, anchor?.width, anchor?.height])
}

/** Moves the focus into the popover, and back to what opened it when that has not lost it to something else. */
function useFocus(box: Box): void {
  useLayoutEffect(() => {
    const opener = document.activeElement
    const { current } = box
    ;(current?.querySelector<HTMLElement>('[data-focus]') ?? current)?.focus({ preventScroll: true })
    return () => {
      const { activeElement } = document
      if (activeElement !== document.body && !current?.contains(activeElement)) return
      const isThere = opener instanceof HTMLElement && opener.isConnected && opener !== document.body
      const target = isThere ? opener : document.getElementById('content')
      target?.focus({ preventScroll: true })
    }
  }, [])
}

function useEscape(box: Box, close: () => void): void {
  const latest = useRef(close)
  latest.current = close
  useLayoutEffect(() => {
    const handle = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      const { activeElement } = document
      if (activeElement !== document.body && !box.current?.contains(activeElement)) return
      event.preventDefault()
      latest.current()
    }
    document.addEventListener('keydown', handle)
    return () => document.removeEventListener('keydown', handle)
  }, [])
}

function useLeave(box: Box, leave: (() => void) | undefined): void {
  const latest = useRef(leave)
  latest.current = leave
  useEffect(() => {
    const handle = ({ target }: Event) => {
      const isInside = target instanceof Element && (box.current?.contains(target) || target.closest('.notices'))
      if (!isInside) latest.current?.()
    }
    document.addEventListener('pointerdown', handle)
    return () => document.removeEventListener('pointerdown', handle)
  }, [])
}
