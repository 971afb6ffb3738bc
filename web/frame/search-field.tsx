import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon, Star } from '../icon.tsx'
import { useApp } from '../live/app-context.ts'
import { useNavigation } from '../live/navigation.tsx'
import { useShortcut } from '../shortcut.ts'
import './search-field.css'

/** Milliseconds from the last key to the search. */
const PAUSE_MS = 150

const KINDS = ['Real-time', 'Project', 'Maintenance']

/** What is in the field; the address follows after a pause, and the field follows the address. */
function useSearchText(): [string, (text: string) => void] {
  const { route, go } = useNavigation()
  const [text, setText] = useState(route.q ?? '')
  const latest = useRef(route)
  latest.current = route
  // What this field wrote itself is old by the time it is in the address, while somebody types.
  const written = useRef(route.q)
  useEffect(() => {
    if (route.q === written.current) return
    written.current = route.q
    setText(route.q ?? '')
  }, [route.q])
  useEffect(() => {
    const q = text === '' ? undefined : text
    if (q === latest.current.q) return undefined
    const timer = setTimeout(() => {
      written.current = q
      go({ ...latest.current, q }, 'replace')
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, go])
  return [text, setText]
}

/** Shows only the reservations that contain a text. While one is in the field, kinds and one's own can be chosen below it. */
export function SearchField({ placeholder }: { placeholder: string }) {
  const field = useRef<HTMLInputElement>(null)
  const [text, setText] = useSearchText()
  useShortcut('/', () => field.current?.focus())
  const escape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return
    setText('')
    field.current?.blur()
  }
  return (
    <div class="search-place" role="search">
      <label class="search">
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          aria-label={`Search: ${placeholder.toLowerCase()}`}
          placeholder={placeholder}
          value={text}
          autocomplete="off"
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={escape}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <SearchChips text={text} setText={setText} />
    </div>
  )
}

function SearchChips({ text, setText }: { text: string; setText: (text: string) => void }) {
  const { route, go } = useNavigation()
  const { caller } = useApp()
  const mine = route.mine === true
  return (
    <div class="search-chips" role="group" aria-label="Show only">
      {caller.id !== undefined && (
        <button type="button" class="chip" aria-pressed={mine} onClick={() => go({ ...route, mine: !mine })}>
          <Star /> Mine
        </button>
      )}
      {KINDS.map((kind) => {
        const isChosen = text.toLowerCase() === kind.toLowerCase()
        return (
          <button
            key={kind}
            type="button"
            class="chip"
            aria-pressed={isChosen}
            onClick={() => setText(isChosen ? '' : kind)}
          >
            {kind}
          </button>
        )
      })}
    </div>
  )
}
