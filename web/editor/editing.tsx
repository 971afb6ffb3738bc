import { type ComponentChildren, createContext } from 'preact'
import { useContext, useMemo, useState } from 'preact/hooks'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import { Details } from './details.tsx'
import { Editor } from './editor.tsx'
import { useWriteActions } from './write-actions.ts'

/** What to open the editor for. */
export type Intent =
  | { readonly what: 'reserve'; readonly site: SiteCode; readonly during?: { readonly start: Instant; readonly end?: Instant } }
  /** `seek`: at the first free time from then on. */
  | { readonly what: 'copy'; readonly of: Reservation; readonly during: Interval; readonly seek?: boolean }
  | { readonly what: 'change' | 'look'; readonly reservation: Reservation }

export interface Editing {
  readonly open: (intent: Intent) => void
  /** Moves or resizes a reservation; where that is refused, tells why, offers what is free, and resolves to false. */
  readonly move: (reservation: Reservation, to: Interval) => Promise<boolean>
}

const EditingContext = createContext<Editing | undefined>(undefined)

export function useEditing(): Editing {
  const editing = useContext(EditingContext)
  if (!editing) throw new Error('There is no editing around this.')
  return editing
}

interface OpenedDialog {
  readonly intent: Intent
  /** Two in a row are two editors. */
  readonly number: number
}

export function EditingProvider({ children }: { children: ComponentChildren }) {
  const [opened, setOpened] = useState<OpenedDialog>()
  const { move } = useWriteActions()
  const editing = useMemo<Editing>(
    () => ({ open: (intent) => setOpened((last) => ({ intent, number: (last?.number ?? 0) + 1 })), move }),
    [move],
  )
  return (
    <EditingContext.Provider value={editing}>
      {children}
      {opened && <EditDialog key={opened.number} intent={opened.intent} open={editing.open} close={() => setOpened(undefined)} />}
    </EditingContext.Provider>
  )
}

function EditDialog({ intent, open, close }: { intent: Intent; open: Editing['open']; close: () => void }) {
  if (intent.what === 'look') return <Details reservation={intent.reservation} open={open} close={close} />
  return <Editor intent={intent} close={close} />
}
