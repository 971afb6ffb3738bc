import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Milliseconds until a part of the page is loaded again that could not be. */
const RETRY_MS = 3000

/**
 * A component whose code is loaded when it is first shown. A failure is not remembered: loading is tried again, for as long as
 * the component is shown, and says so meanwhile.
 */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let loaded: ComponentType<Props> | undefined
  return function Lazy(props: Props) {
    const [, setAttempts] = useState(0)
    const [isFailing, setFailing] = useState(false)
    useEffect(() => {
      if (loaded) return undefined
      let isOver = false
      let timer = 0
      const attempt = () =>
        void load().then(
          (component) => {
            loaded = component
            if (!isOver) setAttempts((count) => count + 1)
          },
          () => {
            if (isOver) return
            setFailing(true)
            timer = window.setTimeout(attempt, RETRY_MS)
          },
        )
      attempt()
      return () => {
        isOver = true
        clearTimeout(timer)
      }
    }, [])
    const Component = loaded
    if (Component) return <Component {...props} />
    return isFailing ? <LoadingProblem /> : null
  }
}

/** A page that was opened before an upgrade asks for parts that are no longer there: it has to be loaded anew. */
function LoadingProblem() {
  return (
    <p role="alert" class="lazy-problem">
      This part of the page could not be loaded. Trying again …{' '}
      <button type="button" onClick={() => location.reload()}>
        Reload the page
      </button>
    </p>
  )
}
