import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { useNavigation } from '../live/navigation.tsx'
import type { Route } from '../routes.ts'
import './nothing-found.css'

interface NothingFoundProps {
  /** What is not there, as a sentence; nothing is said without. */
  readonly children: ComponentChildren
  /** What the button says that shows all again. */
  readonly verb: string
  /** The address that shows all. */
  readonly all: Route
}

/** Says in its place that a search or a filter finds nothing, to a screen reader too, with the way out. */
export function NothingFound({ children, verb, all }: NothingFoundProps) {
  const { go } = useNavigation()
  const element = useRef<HTMLDivElement>(null)
  const showAll = () => {
    // The button goes, and the focus stays where it was.
    element.current?.focus()
    go(all, 'replace')
  }
  return (
    <div ref={element} class="nothing-found" tabIndex={-1}>
      <p role="status">{children}</p>
      {children && (
        <button type="button" onClick={showAll}>
          {verb}
        </button>
      )}
    </div>
  )
}

/** ` matches “lrgb”` */
export const Matches = ({ text }: { text: string }) => (
  <>
    {' matches “'}
    <bdi>{text.trim()}</bdi>”
  </>
)
