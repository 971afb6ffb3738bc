import { type ComponentChildren, createContext } from 'preact'
import { useCallback, useContext, useMemo, useState } from 'preact/hooks'

/** Something to tell, that stays until it is read or outlived. */
export interface Notice {
  readonly text: string
  /** A problem is told at once to who hears the page, and stays until it is dismissed. */
  readonly tone: 'done' | 'problem'
  readonly actions?: readonly { readonly label: string; readonly act: () => void }[]
}

interface ShownNotice extends Notice {
  readonly number: number
}

const LIFE_MS = 12_000
const NotifyContext = createContext<(notice: Notice) => void>(() => {})

/** Tells the reader something, in place of what was told before. */
export const useNotify = () => useContext(NotifyContext)

export function NoticeProvider({ children }: { children: ComponentChildren }) {
  const [shown, setShown] = useState<ShownNotice>()
  const dismiss = useCallback((number: number) => setShown((now) => (now?.number === number ? undefined : now)), [])
  const notify = useMemo(() => {
    let count = 0
    return (notice: Notice) => {
      const number = (count += 1)
      setShown({ ...notice, number })
      if (notice.tone === 'done') setTimeout(() => dismiss(number), LIFE_MS)
    }
  }, [dismiss])
  return (
    <NotifyContext.Provider value={notify}>
      {children}
      <div class="notices">
        <div role="status">{shown?.tone === 'done' && <NoticeBox told={shown} dismiss={dismiss} />}</div>
        <div role="alert">{shown?.tone === 'problem' && <NoticeBox told={shown} dismiss={dismiss} />}</div>
      </div>
    </NotifyContext.Provider>
  )
}

function NoticeBox({ told: shown, dismiss }: { told: ShownNotice; dismiss: (number: number) => void }) {
  return (
    <div class={`notice ${shown.tone}`}>
      <p>{shown.text}</p>
      {shown.actions?.map(({ label, act }) => (
        <button
          key={label}
          type="button"
          onClick={() => {
            dismiss(shown.number)
            act()
          }}
        >
          {label}
        </button>
      ))}
      <button type="button" class="plain" aria-label="Dismiss" onClick={() => dismiss(shown.number)}>
        ×
      </button>
    </div>
  )
}
