import { HOUR, type Instant } from '../../src/domain/interval.ts'
import type { ReservationId } from '../../src/domain/reservation.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import type { Draft } from './draft.ts'
import type { EditIntent } from './editing-context.ts'

/** A form that is open, as this tab keeps it through a reload and a sign-in. */
export interface FormRecord {
  readonly intent: EditIntent
  readonly site: SiteCode
  readonly draft: Draft
  readonly initial: Draft
  /** The id that a new reservation will have, so that a retry makes no second one. */
  readonly id: ReservationId
  readonly savedAt: Instant
}

const KEY = 'reservation-form'
/** A form that was left longer ago is not opened again, in seconds. */
const MAX_AGE = 12 * HOUR

/** Keeps a form for this tab, if the browser allows that. */
export function keepForm(record: FormRecord): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(record))
  } catch {
    // It is lost with the page then.
  }
}

/** The form that was open when the page was left; undefined if none was. */
export function keptForm(now: Instant): FormRecord | undefined {
  try {
    const record = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as FormRecord | null
    return record && now - record.savedAt < MAX_AGE && record.draft.start < record.draft.end ? record : undefined
  } catch {
    return undefined
  }
}

/** Forgets the form. */
export function dropForm(): void {
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // Nothing was kept.
  }
}
