import { type ComponentChildren, createContext } from 'preact'
import { useCallback, useContext, useMemo, useState } from 'preact/hooks'

/** Something to tell, that stays until it is read or outlived. */
export interface Notice {
  readonly text: string
  /** A problem is told at once to who hears the page, and stays until it is dismissed. */
  readonly tone: 'done' | 'problem'
  readonly actions?: readonly { readonly label: string; readonly act: () => void }[]
}

interface Told extends Notice {
  readonly number: number
}

const LIFE_MS = 12_000
const Tell = createContext<(notice: Notice) => void>(() => {})

/** Tells the reader something, in place of what was told before. */
export const useTell = () => useContext(Tell)

export function NoticeProvider({ children }: { children: ComponentChildren }) {
  const [told, setTold] = useState<Told>()
  const dismiss = useCallback((number: number) => setTold((now) => (now?.number === number ? undefined : now)), [])
  const tell = useMemo(() => {
    let count = 0
    return (notice: Notice) => {
      const number = (count += 1)
      setTold({ ...notice, number })
      if (notice.tone === 'done') setTimeout(() => dismiss(number), LIFE_MS)
    }
  }, [dismiss])
  return (
    <Tell.Provider value={tell}>
      {children}
      <div class="notices">
        <div role="status">{told?.tone === 'done' && <NoticeBox told={told} dismiss={dismiss} />}</div>
        <div role="alert">{told?.tone === 'problem' && <NoticeBox told={told} dismiss={dismiss} />}</div>
      </div>
    </Tell.Provider>
  )
}

function NoticeBox({ told, dismiss }: { told: Told; dismiss: (number: number) => void }) {
  return (
    <div class={`notice ${told.tone}`}>
      <p>{told.text}</p>
      {told.actions?.map(({ label, act }) => (
        <button
          key={label}
          type="button"
          onClick={() => {
            dismiss(told.number)
            act()
          }}
        >
          {label}
        </button>
      ))}
      <button type="button" class="plain" aria-label="Dismiss" onClick={() => dismiss(told.number)}>
        ×
      </button>
    </div>
  )
}
