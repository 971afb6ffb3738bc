import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Anchor } from '../editor/editing-context.ts'
import { siteFor } from '../editor/site-for.ts'
import { formatKind } from '../format/kind.ts'
import { formatSpan } from '../format/span.ts'
import { useApp } from '../live/app-context.ts'
import { recall } from '../live/reservation-cache.ts'
import { standBeside } from '../popover/place.ts'
import { ByWhom, OwnSpan } from './phrases.tsx'
import './hover-card.css'

/** Milliseconds for which the pointer rests on a reservation before it is explained. */
const REST_MS = 350

interface Hovered {
  readonly reservation: Reservation
  readonly anchor: Anchor
}

/**
 * A few lines about the reservation under the pointer, which is the element with its id as `data-reservation`. Screen readers have the
 * same in its label, and touch has the card.
 */
export function HoverCard({ isDisabled }: { isDisabled: boolean }) {
  const hovered = useHovered(isDisabled)
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (box.current && hovered) standBeside(box.current, hovered.anchor)
  }, [hovered])
  if (!hovered) return null
  return (
    <div ref={box} class="hover-card" aria-hidden="true">
      <HoverText {...hovered} />
    </div>
  )
}

function HoverText({ reservation }: Hovered) {
  const { sites } = useApp()
  const { site } = siteFor(sites, reservation.site)
  const { title, creator, kind, project, note } = reservation
  return (
    <>
      <strong>
        <bdi>{title || creator}</bdi>
      </strong>
      <span>
        {formatKind(kind)}
        <ByWhom reservation={reservation} />
      </span>
      <span>{formatSpan(site, reservation)}</span>
      <OwnSpan zone={site} during={reservation} />
      {project && (
        <span class="hint">
          <bdi>{project.name}</bdi>
        </span>
      )}
      {note && (
        <span class="hint">
          <bdi>{note}</bdi>
        </span>
      )}
    </>
  )
}

/** The reservation on which the pointer of a mouse or pen rests; nothing after a press or while the page scrolls. */
function useHovered(isDisabled: boolean): Hovered | undefined {
  const [hovered, setHovered] = useState<Hovered>()
  useEffect(() => {
    let timer = 0
    const hide = () => {
      clearTimeout(timer)
      setHovered(undefined)
    }
    const handleOver = ({ target, pointerType }: PointerEvent) => {
      hide()
      const block = target instanceof Element ? target.closest<HTMLElement>('[data-reservation]') : null
      const reservation = recall(block?.dataset['reservation'] ?? '')
      if (!block || !reservation || isDisabled || pointerType === 'touch') return
      timer = window.setTimeout(() => setHovered({ reservation, anchor: block.getBoundingClientRect() }), REST_MS)
    }
    document.addEventListener('pointerover', handleOver)
    for (const type of ['pointerdown', 'keydown', 'scroll', 'wheel']) document.addEventListener(type, hide, true)
    return () => {
      hide()
      document.removeEventListener('pointerover', handleOver)
      for (const type of ['pointerdown', 'keydown', 'scroll', 'wheel']) document.removeEventListener(type, hide, true)
    }
  }, [isDisabled])
  return hovered
}
