import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { linkTo, type Route, routeOf } from '../routes.ts'

interface Navigation {
  readonly route: Route
  /** Goes somewhere; `replace` where the way back should not lead here. */
  readonly go: (route: Route, how?: 'replace') => void
}

const NavigationContext = createContext<Navigation | undefined>(undefined)

/** Where the reader is, and how to go elsewhere. */
export function useNavigation(): Navigation {
  const navigation = useContext(NavigationContext)
  if (!navigation) throw new Error('useNavigation() needs a NavigationProvider.')
  return navigation
}

export function NavigationProvider({ children }: { children: ComponentChildren }) {
  const [address, setAddress] = useState(location.href)
  useEffect(() => {
    const follow = () => setAddress(location.href)
    addEventListener('popstate', follow)
    return () => removeEventListener('popstate', follow)
  }, [])
  const navigation = useMemo<Navigation>(
    () => ({
      route: routeOf(address),
      go(route, how) {
        const next = new URL(linkTo(route), location.href).href
        if (how === 'replace') history.replaceState(null, '', next)
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

/** A link within the page: a real one, so that it can be copied and opened elsewhere. */
export function Link({ to, class: className, label, current, children }: LinkProps) {
  const { go } = useNavigation()
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    go(to)
  }
  return (
    <a href={linkTo(to)} class={className} aria-label={label} aria-current={current ? 'page' : undefined} onClick={follow}>
      {children}
    </a>
  )
}
