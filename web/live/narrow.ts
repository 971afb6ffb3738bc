import { useEffect, useState } from 'preact/hooks'

const NARROW = matchMedia('(max-width: 45rem)')

/** Whether the window has room for one night only. */
export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(NARROW.matches)
  useEffect(() => {
    const follow = () => setNarrow(NARROW.matches)
    NARROW.addEventListener('change', follow)
    return () => NARROW.removeEventListener('change', follow)
  }, [])
  return narrow
}
