import { useRef, useState } from 'preact/hooks'
import { useApp } from '../live/app-context.ts'
import { Dialog } from './dialog.tsx'
import type { EditIntent } from './editing-context.ts'
import { ReservationForm } from './reservation-form.tsx'

const TITLES = { reserve: 'New reservation', copy: 'Copy reservation', change: 'Change reservation' } as const

interface EditorProps {
  readonly intent: EditIntent
  readonly close: () => void
}

/** The dialog in which a reservation is made, copied or changed. It stays open while a request is on its way. */
export function Editor({ intent, close }: EditorProps) {
  // The caller who opened it: a sign-in that expires meanwhile does not discard the draft.
  const [caller] = useState(useApp().caller)
  const isSending = useRef(false)
  const closeUnlessSending = () => {
    if (!isSending.current) close()
  }
  return (
    <Dialog title={TITLES[intent.action]} close={closeUnlessSending} class="editor">
      {caller.id === undefined ? (
        <SignInFirst close={close} />
      ) : (
        <ReservationForm {...{ intent, caller, isSending, close }} />
      )}
    </Dialog>
  )
}

function SignInFirst({ close }: { close: () => void }) {
  const { signIn } = useApp().signInState
  return (
    <>
      <p>
        {signIn
          ? 'Sign in to reserve time at a telescope.'
          : 'Nobody can sign in to this calendar, so it can only be looked at.'}
      </p>
      <div class="buttons">
        {signIn && (
          <button type="button" class="primary" onClick={() => signIn()}>
            Sign in
          </button>
        )}
        <span class="gap" />
        <button type="button" onClick={close}>
          Cancel
        </button>
      </div>
    </>
  )
}
