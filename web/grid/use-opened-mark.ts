import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import { openedSlot } from '../editor/opened-slot.ts'

/** Marks the blocks of the reservation whose card is open with `data-opened`, and draws nothing anew for that. */
export function useOpenedMark(grid: RefObject<HTMLElement>): void {
  const mark = () => {
    const slot = openedSlot.get()
    const id = slot && 'id' in slot ? `${slot.id} ` : undefined
    for (const block of grid.current?.querySelectorAll<HTMLElement>('[data-key]') ?? [])
      block.toggleAttribute('data-opened', id !== undefined && (block.dataset['key'] ?? '').startsWith(id))
  }
  // Blocks that are drawn while the card is open are marked as well.
  useLayoutEffect(mark)
  useLayoutEffect(() => openedSlot.subscribe(mark), [])
}
