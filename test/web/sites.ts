import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { at, saf } from '../context.ts'

export { at, saf }
/** North of the Arctic Circle: no night in summer, no day in winter. */
export const tromso: Site = {
  ...saf,
  code: 'tos',
  name: 'Tromsø',
  latitude: 69.65,
  longitude: 18.96,
  elevation: 0,
  timeZone: 'Europe/Oslo',
}
/** Where a day lasts for half a year, and the dark for months. */
export const southPole: Site = {
  ...saf,
  code: 'pol',
  name: 'South Pole',
  latitude: -90,
  longitude: 0,
  elevation: 2835,
  timeZone: 'Antarctica/South_Pole',
}
export const sydney: Site = {
  ...saf,
  code: 'syd',
  name: 'Sydney',
  latitude: -33.87,
  longitude: 151.21,
  elevation: 0,
  timeZone: 'Australia/Sydney',
}
export const lordHowe: Site = {
  ...saf,
  code: 'lhi',
  name: 'Lord Howe Island',
  latitude: -31.55,
  longitude: 159.08,
  elevation: 5,
  timeZone: 'Australia/Lord_Howe',
}

/** An interval from two times of the wire. */
export const spanOf = (start: string, end: string) => ({ start: at(start), end: at(end) })

/** A reservation of Ada's at saf. */
export const reserved = (start: string, end: string, other: Partial<Reservation> = {}): Reservation => ({
  id: `${start} ${other.title}`,
  start: at(start),
  end: at(end),
  site: 'saf',
  observer: 'ada',
  creator: 'Ada Lovelace',
  title: 'M51 LRGB',
  kind: 'realtime',
  origin: 'ptr',
  resource: 'saf',
  project: undefined,
  priority: 'standard',
  note: '',
  modified: 0,
  extra: {},
  ...other,
})

/** A project session of Bo's at saf. */
export const ofBo = (start: string, end: string, other: Partial<Reservation> = {}): Reservation =>
  reserved(start, end, { id: 'bos', observer: 'bo', creator: 'Bo Jansson', title: 'M51', kind: 'project', ...other })
