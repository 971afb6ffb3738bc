import { type ComponentChildren, createContext } from 'preact'
import { useCallback, useContext, useEffect, useMemo, useState } from 'preact/hooks'
import './notices.css'

/** A message to the user. */
export interface Notice {
  readonly text: string
  /**
   * `done` disappears after 12 seconds without the pointer or the focus on it; `problem` stays until it is dismissed, and
   * interrupts a screen reader.
   */
  readonly tone: 'done' | 'problem'
  readonly actions?: readonly { readonly label: string; readonly act: () => void }[]
}

interface ShownNotice extends Notice {
  readonly number: number
}

const DONE_MS = 12_000
const NotifyContext = createContext<(notice: Notice) => void>(() => {})

/** A function that shows a notice in place of the last one. */
export const useNotify = () => useContext(NotifyContext)

/** Lets its children show notices, and shows the last one. */
export function NoticeProvider({ children }: { children: ComponentChildren }) {
  const [shown, setShown] = useState<ShownNotice>()
  const dismiss = useCallback((number: number) => setShown((now) => (now?.number === number ? undefined : now)), [])
  const notify = useMemo(() => {
    let count = 0
    return (notice: Notice) => {
      const number = (count += 1)
      setShown({ ...notice, number })
    }
  }, [])
  return (
    <NotifyContext.Provider value={notify}>
      {children}
      <div class="notices">
        <div role="status">
          {shown?.tone === 'done' && <NoticeBox key={shown.number} notice={shown} dismiss={dismiss} />}
        </div>
        <div role="alert">
          {shown?.tone === 'problem' && <NoticeBox key={shown.number} notice={shown} dismiss={dismiss} />}
        </div>
      </div>
    </NotifyContext.Provider>
  )
}

function NoticeBox({ notice, dismiss }: { notice: ShownNotice; dismiss: (number: number) => void }) {
  const [isHovered, setHovered] = useState(false)
  const [isFocused, setFocused] = useState(false)
  const stays = notice.tone === 'problem' || isHovered || isFocused
  useEffect(() => {
    if (stays) return undefined
    const timer = setTimeout(() => dismiss(notice.number), DONE_MS)
    return () => clearTimeout(timer)
  }, [stays, notice.number, dismiss])
  return (
    <div
      class={`notice ${notice.tone}`}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onFocusIn={() => setFocused(true)}
      onFocusOut={() => setFocused(false)}
    >
      <p>{notice.text}</p>
      {notice.actions?.map(({ label, act }) => (
        <button
          key={label}
          type="button"
          onClick={() => {
            dismiss(notice.number)
            act()
          }}
        >
          {label}
        </button>
      ))}
      <button type="button" class="plain" aria-label="Dismiss" onClick={() => dismiss(notice.number)}>
        ×
      </button>
    </div>
  )
}
