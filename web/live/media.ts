import { useEffect, useState } from 'preact/hooks'

/** Whether a media query holds, as `(max-width: 700px)`. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const list = matchMedia(query)
    const check = () => setHolds(list.matches)
    check()
    list.addEventListener('change', check)
    return () => list.removeEventListener('change', check)
  }, [query])
  return holds
}
