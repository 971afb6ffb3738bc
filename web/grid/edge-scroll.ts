/** How near to an edge of the window a drag scrolls, and how far in a frame at most, in pixels. */
const EDGE = 40
const MAX_SCROLL = 16

/** Scrolls what scrolls around an element if a point is near the edge of the window. Returns whether it scrolled. */
export function scrollNear(element: HTMLElement, x: number, y: number): boolean {
  const scroller = scrollerOf(element)
  const before = [scroller.scrollLeft, scroller.scrollTop]
  scroller.scrollBy(speedAt(x, innerWidth), speedAt(y, innerHeight))
  return scroller.scrollLeft !== before[0] || scroller.scrollTop !== before[1]
}

/** The nearer to an end of an axis, the faster; 0 away from both ends. */
function speedAt(position: number, length: number): number {
  const before = EDGE - position
  const after = position - (length - EDGE)
  const depth = before > 0 ? -before : Math.max(0, after)
  return Math.sign(depth) * Math.min(MAX_SCROLL, Math.ceil((Math.abs(depth) / EDGE) * MAX_SCROLL))
}

function scrollerOf(element: HTMLElement): Element {
  for (let at: HTMLElement | null = element; at; at = at.parentElement) {
    const { overflowX, overflowY } = getComputedStyle(at)
    const scrolls = (overflow: string) => overflow === 'auto' || overflow === 'scroll'
    if (scrolls(overflowY) && at.scrollHeight > at.clientHeight) return at
    if (scrolls(overflowX) && at.scrollWidth > at.clientWidth) return at
  }
  return document.scrollingElement ?? document.documentElement
}
