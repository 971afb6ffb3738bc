import { scrollNear } from './edge-scroll.ts'

/*
 * Turns the events of mouse, pen and finger into drags, for nights and for lanes alike: it knows elements and points, and
 * nothing of time. A mouse drags at once; a finger after it has rested, so that it can scroll the page.
 */

/** A point of the viewport. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** What is dragged is the host's own matter. */
export interface DragHost<T> {
  /** What a press begins to drag; undefined if nothing. */
  readonly grab: (event: PointerEvent) => T | undefined
  /** Shows the drag with the pointer at a point. */
  readonly show: (grabbed: T, at: Point, copy: boolean) => void
  /** Takes away what {@link show} showed. */
  readonly hide: () => void
  /** The pointer was released. */
  readonly drop: (grabbed: T, at: Point, copy: boolean) => void
}

/** How far a mouse moves before it drags, in pixels. */
const MOUSE_SLACK = 4
/** How far a finger may move while it rests, in pixels. */
const TOUCH_SLACK = 8
/** How long a finger rests before it drags, in milliseconds. */
const REST_MS = 350

/** A pointer that is down. */
interface Press<T> {
  readonly grabbed: T
  readonly pointer: number
  readonly isTouch: boolean
  readonly from: Point
  at: Point
  /** Whether Shift is down. */
  copy: boolean
  isDragging: boolean
  timer: number
  frame: number
}

/**
 * Drags within an element until the returned function is called. Escape ends a drag without a drop. The click that the
 * browser sends after a drag is kept from the element.
 */
export function handleDrags<T>(element: HTMLElement, host: () => DragHost<T>): () => void {
  const drags = new Drags(element, host)
  const stop = new AbortController()
  const { signal } = stop
  element.addEventListener('pointerdown', (event) => drags.press(event), { signal })
  // On the window, since a pointer may leave the element before it drags.
  addEventListener('pointermove', (event) => drags.move(event), { signal })
  addEventListener('pointerup', (event) => drags.release(event), { signal })
  addEventListener('pointercancel', (event) => drags.cancel(event), { signal })
  addEventListener('keydown', (event) => drags.key(event), { signal, capture: true })
  addEventListener('keyup', (event) => drags.key(event), { signal, capture: true })
  // A finger that drags must not scroll, and one that rests opens no menu.
  const keepFrom = (when: () => boolean) => (event: Event) => when() && event.cancelable && event.preventDefault()
  element.addEventListener(
    'touchmove',
    keepFrom(() => drags.isDragging),
    { signal, passive: false },
  )
  element.addEventListener(
    'contextmenu',
    keepFrom(() => drags.isTouch),
    { signal },
  )
  return () => {
    drags.end()
    stop.abort()
  }
}

class Drags<T> {
  readonly #element: HTMLElement
  readonly #host: () => DragHost<T>
  #press: Press<T> | undefined

  constructor(element: HTMLElement, host: () => DragHost<T>) {
    this.#element = element
    this.#host = host
  }

  get isDragging(): boolean {
    return this.#press?.isDragging ?? false
  }

  get isTouch(): boolean {
    return this.#press?.isTouch ?? false
  }

  press(event: PointerEvent): void {
    if (event.button !== 0 || !event.isPrimary || this.#press) return
    const grabbed = this.#host().grab(event)
    if (grabbed === undefined) return
    const [at, isTouch] = [pointOf(event), event.pointerType === 'touch']
    const timer = isTouch ? window.setTimeout(() => this.#begin(), REST_MS) : 0
    const pointer = event.pointerId
    this.#press = { grabbed, pointer, isTouch, from: at, at, copy: false, isDragging: false, timer, frame: 0 }
  }

  move(event: PointerEvent): void {
    const press = this.#pressOf(event)
    if (!press) return
    press.at = pointOf(event)
    press.copy = event.shiftKey
    const moved = Math.hypot(press.at.x - press.from.x, press.at.y - press.from.y)
    if (press.isDragging) this.#show()
    else if (press.isTouch && moved > TOUCH_SLACK) this.end()
    else if (!press.isTouch && moved > MOUSE_SLACK) this.#begin()
  }

  release(event: PointerEvent): void {
    const press = this.#pressOf(event)
    if (!press) return
    this.end()
    if (press.isDragging) this.#host().drop(press.grabbed, pointOf(event), event.shiftKey)
  }

  cancel(event: PointerEvent): void {
    if (this.#pressOf(event)) this.end()
  }

  key(event: KeyboardEvent): void {
    const press = this.#press
    if (!press?.isDragging) return
    if (event.key === 'Shift') {
      press.copy = event.type === 'keydown'
      this.#show()
    } else if (event.key === 'Escape') {
      event.stopPropagation()
      event.preventDefault()
      this.end()
    }
  }

  /** Ends a drag, if there is one, without a drop. */
  end(): void {
    const press = this.#press
    this.#press = undefined
    if (!press) return
    clearTimeout(press.timer)
    cancelAnimationFrame(press.frame)
    if (!press.isDragging) return
    if (this.#element.hasPointerCapture(press.pointer)) this.#element.releasePointerCapture(press.pointer)
    this.#host().hide()
    keepNextClick(this.#element)
  }

  #begin(): void {
    const press = this.#press
    if (!press) return
    press.isDragging = true
    this.#element.setPointerCapture(press.pointer)
    this.#show()
    this.#scroll()
  }

  #show(): void {
    if (this.#press) this.#host().show(this.#press.grabbed, this.#press.at, this.#press.copy)
  }

  #scroll(): void {
    const press = this.#press
    if (!press) return
    if (scrollNear(this.#element, press.at.x, press.at.y)) this.#show()
    press.frame = requestAnimationFrame(() => this.#scroll())
  }

  #pressOf({ pointerId }: PointerEvent): Press<T> | undefined {
    return this.#press?.pointer === pointerId ? this.#press : undefined
  }
}

/** Where an event of the pointer is. */
export const pointOf = ({ clientX, clientY }: MouseEvent): Point => ({ x: clientX, y: clientY })

/** Keeps from an element the click that follows at once. */
function keepNextClick(element: HTMLElement): void {
  const keep = (event: Event) => {
    event.stopPropagation()
    event.preventDefault()
  }
  element.addEventListener('click', keep, { capture: true, once: true })
  setTimeout(() => element.removeEventListener('click', keep, { capture: true }))
}
