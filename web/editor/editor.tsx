import { useRef, useState } from 'preact/hooks'
import { useApp } from '../live/app-context.ts'
import { Popover } from '../popover/popover.tsx'
import type { Anchor, EditIntent } from './editing-context.ts'
import type { FormRecord } from './form-record.ts'
import { ReservationForm } from './reservation-form.tsx'
import './editor.css'

const TITLES = { reserve: 'New reservation', copy: 'Copy reservation', change: 'Change reservation' } as const

interface EditorProps {
  readonly intent: EditIntent
  /** The form as it was when the page was left. */
  readonly record: FormRecord | undefined
  readonly anchor: Anchor | undefined
  readonly close: () => void
}

/** The popover in which a reservation is made, copied or changed. It stays open while a request is on its way. */
export function Editor({ intent, record, anchor, close }: EditorProps) {
  const present = useApp().caller
  // The caller who opened it: a sign-in that expires meanwhile does not discard the draft.
  const caller = useRef(present)
  if (present.id !== undefined) caller.current = present
  const isSending = useRef(false)
  const isDirty = useRef(false)
  const [isAsking, setAsking] = useState(false)
  const leave = () => {
    if (isSending.current) return
    if (isDirty.current && !isAsking) setAsking(true)
    else if (isAsking) setAsking(false)
    else close()
  }
  return (
    <Popover class="editor" title={TITLES[intent.action]} anchor={anchor} close={leave}>
      <ReservationForm
        caller={caller.current}
        {...{ intent, record, isSending, isDirty, isAsking, setAsking, close }}
      />
    </Popover>
  )
}
