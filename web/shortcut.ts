import { useEffect, useRef } from 'preact/hooks'

/** Elements that take what is typed. */
const FIELDS = 'input, textarea, select, [contenteditable]'

/** Calls `act` when a key is pressed, unless a field takes it or the editor is open, whose draft it might replace. */
export function useShortcut(key: string, act: () => void): void {
  const latest = useRef(act)
  latest.current = act
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== key || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if ((event.target as Element).closest(FIELDS) || document.querySelector('.popover.editor')) return
      event.preventDefault()
      latest.current()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [key])
}
