import { useState } from 'preact/hooks'
import type { WriteOptions } from '../../src/client/domain/writes.ts'
import { NetworkError } from '../../src/client/problem.ts'
import type { Reservation, ReservationId } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { useApp } from '../live/app-context.ts'
import { changesOf, type Draft, proposedFrom } from './draft.ts'
import { explain, type Explanation } from './explain-error.ts'
import { reserveOnce } from './reserve-once.ts'
import { useWriteActions } from './write-actions.ts'
import { amendShown, reserveNew } from './writes.ts'

interface SubmitOptions {
  readonly site: Site
  readonly before: Reservation | undefined
  /** The revision of `before`; undefined if it is not known. */
  readonly revision: number | undefined
  /** The id of a new reservation. */
  readonly id: ReservationId
  /** Whether a request is on its way; a ref, so that the editor knows before the next render. */
  readonly isSending: { current: boolean }
  readonly close: () => void
}

/** Sends drafts. Closes the form if the calendar accepts one; otherwise `rejection` explains why not. */
export function useSubmit({ site, before, revision, id, isSending, close }: SubmitOptions) {
  const { calendar, caller } = useApp()
  const { notifyReserved, notifyChanged } = useWriteActions()
  const [reserve] = useState(() => reserveOnce(calendar, id))
  const [isBusy, setBusy] = useState(false)
  const [rejection, setRejection] = useState<Explanation>()

  const write = async (draft: Draft, options: WriteOptions) => {
    const context = { calendar, waiting: () => setRejection(explain(new NetworkError(), site, draft)) }
    if (!before) return notifyReserved(await reserveNew(context, id, () => reserve(proposedFrom(site, draft), options)))
    const changes = changesOf(before, draft, site.code)
    if (Object.keys(changes).length > 0)
      notifyChanged(before, await amendShown(context, before, changes, options, { reservation: before, revision }))
  }
  const send = async (draft: Draft, options: WriteOptions) => {
    if (isSending.current) return
    isSending.current = true
    setBusy(true)
    setRejection(undefined)
    try {
      await write(draft, options)
      close()
    } catch (error) {
      setRejection(explain(error, site, draft, caller))
    } finally {
      isSending.current = false
      setBusy(false)
    }
  }
  return { send, isBusy, rejection, setRejection }
}
