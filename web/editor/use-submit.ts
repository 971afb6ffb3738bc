import { useState } from 'preact/hooks'
import type { WriteOptions } from '../../src/client/domain/calendar.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { announceChange } from '../live/changes.ts'
import { useApp } from '../live/app-context.ts'
import { changesOf, type Draft, proposedFrom } from './draft.ts'
import { explain, type Explanation } from './explain-error.ts'
import { newId } from './new-id.ts'
import { reserveOnce } from './reserve-once.ts'
import { useWriteActions } from './write-actions.ts'

interface SubmitOptions {
  readonly site: Site
  readonly before: Reservation | undefined
  /** Whether a request is on its way; a ref, so that the dialog knows before the next render. */
  readonly isSending: { current: boolean }
  readonly close: () => void
}

/** Sends drafts. Closes the form if the calendar accepts one; otherwise `rejection` explains why not. */
export function useSubmit({ site, before, isSending, close }: SubmitOptions) {
  const { calendar } = useApp()
  const { notifyReserved, notifyChanged } = useWriteActions()
  const [reserve] = useState(() => reserveOnce(calendar, newId()))
  const [isBusy, setBusy] = useState(false)
  const [rejection, setRejection] = useState<Explanation>()

  const write = async (draft: Draft, options: WriteOptions) => {
    if (!before) return notifyReserved(await reserve(proposedFrom(site, draft), options))
    const changes = changesOf(before, draft)
    if (Object.keys(changes).length > 0) notifyChanged(before, await calendar.amend(before, changes, options))
  }
  const send = async (draft: Draft, options: WriteOptions) => {
    if (isSending.current) return
    isSending.current = true
    setBusy(true)
    setRejection(undefined)
    try {
      await write(draft, options)
      announceChange()
      close()
    } catch (error) {
      setRejection(explain(error, site, draft))
    } finally {
      isSending.current = false
      setBusy(false)
    }
  }
  return { send, isBusy, rejection, setRejection }
}
