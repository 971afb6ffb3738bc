import { useState } from 'preact/hooks'
import type { WriteOptions, WriteResult } from '../../src/client/domain/writes.ts'
import { NetworkError } from '../../src/client/problem.ts'
import type { Reservation, ReservationId } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { announceChange } from '../live/changes.ts'
import { type AppContext, useApp } from '../live/app-context.ts'
import { changesOf, type Draft, proposedFrom } from './draft.ts'
import { explain, type Explanation } from './explain-error.ts'
import { outcomeOf } from './lost-answer.ts'
import { reserveOnce } from './reserve-once.ts'
import { useWriteActions } from './write-actions.ts'
import { amendShown, NotSaved } from './writes.ts'

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

  const waiting = () => setRejection({ ...explain(new NetworkError(), site, { start: 0, end: 0 }) })
  const write = async (draft: Draft, options: WriteOptions) => {
    if (!before) {
      const written = await reserve(proposedFrom(site, draft), options).catch((error: unknown) =>
        reservedAfterAll(calendar, id, error, waiting),
      )
      announceChange()
      return notifyReserved(written)
    }
    const changes = changesOf(before, draft, site.code)
    const known = revision === undefined ? undefined : { reservation: before, revision }
    if (Object.keys(changes).length > 0)
      notifyChanged(before, await amendShown({ calendar, waiting }, before, changes, options, known))
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

/** The reservation whose answer was lost, if it was made. @throws NotSaved if it was not; every other error */
async function reservedAfterAll(
  calendar: AppContext['calendar'],
  id: ReservationId,
  error: unknown,
  waiting: () => void,
): Promise<WriteResult> {
  if (!(error instanceof NetworkError)) throw error
  const made = await outcomeOf(calendar, id, waiting)
  if (!made) throw new NotSaved()
  return { reservation: made.reservation, revision: made.revision ?? Number.NaN, overlapping: [] }
}
