import { type ComponentChildren, createContext } from 'preact'
import { useContext, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import { linkTo, type Route, routeOf } from '../routes.ts'

interface Navigation {
  readonly route: Route
  /**
   * Goes to a route, without its times to reserve: an open form writes those into the address itself. With `replace`, the
   * present route leaves the browser's history, and an open form keeps its entry there.
   */
  readonly go: (route: Route, how?: 'replace') => void
}

const NavigationContext = createContext<Navigation | undefined>(undefined)

/** The present route, and a function to go to another. @throws Error outside a NavigationProvider */
export function useNavigation(): Navigation {
  const navigation = useContext(NavigationContext)
  if (!navigation) throw new Error('useNavigation() needs a NavigationProvider.')
  return navigation
}

const runs = new Set<() => void>()

/**
 * Calls a function when the browser has gone back or forward, before the route follows the address.
 *
 * @returns a function that ends this
 */
export function beforeRouteFollows(run: () => void): () => void {
  runs.add(run)
  return () => void runs.delete(run)
}

/** Keeps the route in step with the address. */
export function NavigationProvider({ children }: { children: ComponentChildren }) {
  const [address, setAddress] = useState(location.href)
  // A layout effect: Back is followed from the first drawing on.
  useLayoutEffect(() => {
    const update = () => {
      for (const run of runs) run()
      setAddress(location.href)
    }
    addEventListener('popstate', update)
    return () => removeEventListener('popstate', update)
  }, [])
  const navigation = useMemo<Navigation>(
    () => ({
      route: routeOf(address),
      go(route, how) {
        const next = new URL(linkTo({ ...route, reserve: undefined }), location.href).href
        if (how === 'replace') history.replaceState(history.state, '', next)
        else if (next !== location.href) history.pushState(null, '', next)
        setAddress(next)
      },
    }),
    [address],
  )
  return <NavigationContext.Provider value={navigation}>{children}</NavigationContext.Provider>
}

interface LinkProps {
  readonly to: Route
  readonly class?: string
  readonly label?: string
  readonly current?: boolean
  readonly children: ComponentChildren
}

/** A link within the page, with a real address, so that it can be copied or opened in another tab. */
export function Link({ to, class: className, label, current, children }: LinkProps) {
  const { go } = useNavigation()
  const follow = (event: MouseEvent) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    event.preventDefault()
    go(to)
  }
  return (
    <a
      href={linkTo(to)}
      class={className}
      aria-label={label}
      aria-current={current ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  )
}
