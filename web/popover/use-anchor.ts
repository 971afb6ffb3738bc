import { useLayoutEffect, useState } from 'preact/hooks'
import type { Anchor } from '../editor/editing-context.ts'

/** Milliseconds during which a slot may still be drawn. */
const PATIENCE_MS = 5000

/** What a popover stands beside: the anchor that it was opened with, or the open slot as soon as a view has drawn it. */
export function useAnchor(given: Anchor | undefined): Anchor | undefined {
  const [found, setFound] = useState<Anchor>()
  // A layout effect: beside a slot that is drawn already, the popover is never seen elsewhere.
  useLayoutEffect(() => {
    if (given) return undefined
    const look = () => {
      const slot = document.querySelector('[data-opened], .ghost.draft')
      if (!slot) return
      stop()
      setFound(slot.getBoundingClientRect())
    }
    const observer = new MutationObserver(look)
    const timer = setTimeout(() => observer.disconnect(), PATIENCE_MS)
    const stop = () => {
      observer.disconnect()
      clearTimeout(timer)
    }
    observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ['data-opened'] })
    look()
    return stop
  }, [given])
  return given ?? found
}
