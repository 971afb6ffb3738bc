import { maskedText } from '../domain/masking.ts'
import type { Interval } from '../domain/interval.ts'
import type { Json } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import type { WireObservation } from './responses.ts'
import { parseTime, writeTime } from './time.ts'

/** An observation as a portal sends it. */
type Data = Readonly<Record<string, unknown>>

/** What has to be known of an observation. */
export interface ObservationOutline extends Interval {
  readonly id: string
}

/** The id and the interval of an observation; undefined if one of them is missing, or it does not end after its start. */
export function outlineOf({ id, start, end }: Data): ObservationOutline | undefined {
  const [name, from, to] = [textOf(id), timeOf(start), timeOf(end)]
  if (name === undefined || from === undefined || to === undefined || from >= to) return undefined
  return { id: name, start: from, end: to }
}

/** Writes an observation in the form of an event. What the portal leaves out is `UNKNOWN`, so that every field is a text. */
export function observationToWire({ id, start, end }: ObservationOutline, data: Data, site: SiteCode): WireObservation {
  const submitter = textOf(data['submitter']) ?? UNKNOWN
  const { request } = data
  return {
    event_id: id,
    start: writeTime(start),
    end: writeTime(end),
    creator: submitter,
    creator_id: `${submitter}#LCO`,
    last_modified: writeTime(timeOf(data['modified']) ?? timeOf(data['created']) ?? start),
    reservation_type: 'observation',
    origin: 'LCO',
    title: `${textOf(data['name']) ?? UNKNOWN} (via LCO)`,
    resourceId: site,
    site,
    observation_type: textOf(data['observation_type']) ?? UNKNOWN,
    observation_state: textOf(data['state']) ?? UNKNOWN,
    request_state: textOf((request as Data | null | undefined)?.['state']) ?? UNKNOWN,
    observation_data: data as Record<string, Json>,
  }
}

/** The same observation, with email addresses in its submitter and its name masked wherever they are. */
export function maskedData(data: Data): Data {
  const masked = { submitter: maskedField(data['submitter']), name: maskedField(data['name']) }
  const isSame = masked.submitter === data['submitter'] && masked.name === data['name']
  return isSame ? data : { ...data, ...masked }
}

const UNKNOWN = 'UNKNOWN'

const maskedField = (value: unknown) => (typeof value === 'string' ? maskedText(value) : value)

/** A text, or a number as text; undefined for anything else. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : undefined

const timeOf = (value: unknown) => (typeof value === 'string' ? parseTime(value) : undefined)
