import type { ComponentChildren } from 'preact'
import { useId, useRef, useState } from 'preact/hooks'
import './panel-button.css'

interface PanelButtonProps {
  /** The button's content. */
  readonly face: ComponentChildren
  /** The button's name, if its content does not say it. */
  readonly label?: string
  /** The name of what opens. */
  readonly title: string
  readonly class?: string
  readonly panelClass?: string
  /** Which edges of button and panel are aligned. */
  readonly align?: 'left' | 'right'
  readonly children: (close: () => void) => ComponentChildren
}

/** Pixels between the button and its panel, and between the panel and the edge of the window. */
const GAP = 8

/** A button that opens a panel below it. The browser closes the panel with Escape, or when something else is pressed. */
export function PanelButton(props: PanelButtonProps) {
  const { face, label, title, align = 'left', panelClass = '', children } = props
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const panel = useRef<HTMLDivElement>(null)
  const [isOpen, setOpen] = useState(false)
  const close = () => panel.current?.hidePopover()
  const open = () => {
    if (button.current && panel.current) place(panel.current, button.current.getBoundingClientRect(), align)
  }
  return (
    <>
      <button
        ref={button}
        type="button"
        class={props.class}
        aria-label={label}
        title={label}
        popovertarget={id}
        aria-haspopup="dialog"
      >
        {face}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={title}
        class={`panel ${panelClass}`}
        onBeforeToggle={(event) => setOpen(event.newState === 'open')}
        onToggle={(event) => event.newState === 'open' && open()}
      >
        {isOpen && children(close)}
      </div>
    </>
  )
}

/** Moves a panel below a button, within the window. */
function place(panel: HTMLElement, button: DOMRect, align: 'left' | 'right'): void {
  const wanted = align === 'left' ? button.left : button.right - panel.offsetWidth
  const left = Math.max(GAP, Math.min(wanted, innerWidth - panel.offsetWidth - GAP))
  const top = Math.max(GAP, Math.min(button.bottom + GAP, innerHeight - panel.offsetHeight - GAP))
  panel.style.left = `${left}px`
  panel.style.top = `${top}px`
}
