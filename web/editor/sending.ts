import { useMemo, useState } from 'preact/hooks'
import type { Manner } from '../../src/client/calendar.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { announceChange } from '../live/changes.ts'
import { useSurroundings } from '../live/surroundings.ts'
import { changesOf, type Draft, wishOf } from './draft.ts'
import { explain, type Explanation } from './explain.ts'
import { newId } from './new-id.ts'
import { reserverOf } from './reserve-once.ts'
import { useWrites } from './writes.ts'

interface Sending {
  readonly site: Site
  readonly before: Reservation | undefined
  /** Outlives a drawing, for whoever would close meanwhile. */
  readonly isSending: { current: boolean }
  readonly close: () => void
}

/** Sends a draft: closes where it was taken, and else says why not. */
export function useSending({ site, before, isSending, close }: Sending) {
  const { calendar } = useSurroundings()
  const { tellReserved, tellChanged } = useWrites()
  const reserve = useMemo(() => reserverOf(calendar, newId()), [])
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Explanation>()

  const write = async (draft: Draft, manner: Manner) => {
    if (!before) return tellReserved(await reserve(wishOf(site, draft), manner))
    const changes = changesOf(before, draft)
    if (Object.keys(changes).length > 0) tellChanged(before, await calendar.amend(before, changes, manner))
  }
  const send = async (draft: Draft, manner: Manner) => {
    if (isSending.current) return
    isSending.current = true
    setBusy(true)
    setRefusal(undefined)
    try {
      await write(draft, manner)
      announceChange()
      close()
    } catch (error) {
      setRefusal(explain(error, site, draft))
    } finally {
      isSending.current = false
      setBusy(false)
    }
  }
  return { send, isBusy, refusal, setRefusal }
}
