import type { Anchor } from '../editor/editing-context.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** Pixels between a popover and its slot, between it and the edge of the window, and from its top to that of the slot. */
const [GAP, MARGIN, RISE] = [14, 12, 40]

/** How far down the window a popover without a slot begins. */
const TOP = 0.12

/**
 * Where a popover stands: beside its slot, right of it if there is room, else left. Without a slot it is in the middle, and its
 * top is always at the same height: what is in it stands still when a list below becomes longer or shorter.
 */
export function placeBeside(anchor: Anchor | undefined, size: Size, window: Size): { left: number; top: number } {
  const middle = (window.width - size.width) / 2
  if (!anchor) return within({ left: middle, top: TOP * window.height }, size, window)
  return within({ left: leftOf(anchor, size, window) ?? middle, top: topOf(anchor, size, window) }, size, window)
}

function leftOf(anchor: Anchor, { width }: Size, window: Size): number | undefined {
  const [right, left] = [anchor.x + anchor.width + GAP, anchor.x - GAP - width]
  if (right + width + MARGIN <= window.width) return right
  return left >= MARGIN ? left : undefined
}

/** A little above the slot; one that would not fit there goes up, but not above the middle. */
function topOf(anchor: Anchor, { height }: Size, window: Size): number {
  const wanted = anchor.y - RISE
  return wanted + height + MARGIN <= window.height ? wanted : (window.height - height) / 2
}

/** Moves what is drawn already to its place beside its slot. */
export function standBeside(element: HTMLElement, anchor: Anchor | undefined): void {
  const size = { width: element.offsetWidth, height: element.offsetHeight }
  const { left, top } = placeBeside(anchor, size, { width: innerWidth, height: innerHeight })
  element.style.left = `${left}px`
  element.style.top = `${top}px`
}

const within = ({ left, top }: { left: number; top: number }, size: Size, window: Size) => ({
  left: Math.round(Math.max(MARGIN, Math.min(left, window.width - size.width - MARGIN))),
  top: Math.round(Math.max(MARGIN, Math.min(top, window.height - size.height - MARGIN))),
})
