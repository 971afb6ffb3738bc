import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { linkTo, type Place, placeOf } from '../paths.ts'

interface Navigation {
  readonly place: Place
  /** Goes somewhere; `replace` where the way back should not lead here. */
  readonly go: (place: Place, how?: 'replace') => void
}

const Here = createContext<Navigation | undefined>(undefined)

/** Where the reader is, and how to go elsewhere. */
export function useNavigation(): Navigation {
  const navigation = useContext(Here)
  if (!navigation) throw new Error('There is no navigation around this.')
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
      place: placeOf(address),
      go(place, how) {
        const next = new URL(linkTo(place), location.href).href
        if (how === 'replace') history.replaceState(null, '', next)
        else if (next !== location.href) history.pushState(null, '', next)
        setAddress(next)
      },
    }),
    [address],
  )
  return <Here.Provider value={navigation}>{children}</Here.Provider>
}

interface LinkProps {
  readonly to: Place
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
