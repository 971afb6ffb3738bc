import type { ComponentChildren } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { Details } from './details.tsx'
import { type Anchor, type Editing, EditingContext, type Intent } from './editing-context.ts'
import { Editor } from './editor.tsx'

interface OpenedDialog {
  readonly intent: Intent
  readonly anchor: Anchor | undefined
  /** Counts the opened dialogs, so that each is mounted anew. */
  readonly number: number
}

/** Provides {@link Editing} to its children, and shows the dialog that is open. */
export function EditingProvider({ children }: { children: ComponentChildren }) {
  const [opened, setOpened] = useState<OpenedDialog>()
  const editing = useMemo<Editing>(
    () => ({ open: (intent, anchor) => setOpened((last) => ({ intent, anchor, number: (last?.number ?? 0) + 1 })) }),
    [],
  )
  return (
    <EditingContext.Provider value={editing}>
      {children}
      {opened && (
        <EditDialog key={opened.number} intent={opened.intent} open={editing.open} close={() => setOpened(undefined)} />
      )}
    </EditingContext.Provider>
  )
}

function EditDialog({ intent, open, close }: { intent: Intent; open: Editing['open']; close: () => void }) {
  if (intent.action === 'show') return <Details reservation={intent.reservation} open={open} close={close} />
  return <Editor intent={intent} close={close} />
}
