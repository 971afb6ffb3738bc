import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'

export const at = (time: string): number => Date.parse(time) / 1000
export const spanOf = (start: string, end: string) => ({ start: at(start), end: at(end) })

export const saf: Site = {
  code: 'saf', name: 'Apache Ridge Observatory', latitude: 35.554444, longitude: -105.870278, elevation: 2187, timeZone: 'America/Denver', enclosure: 'dome',
}

export const lordHowe: Site = {
  code: 'lhi', name: 'Lord Howe Island', latitude: -31.55, longitude: 159.08, elevation: 5, timeZone: 'Australia/Lord_Howe', enclosure: 'dome',
}

/** A reservation of Bo's at saf. */
export const reservationAt = (start: string, end: string, more: Partial<Reservation> = {}): Reservation => ({
  ...spanOf(start, end),
  id: 'r1', site: 'saf', observer: 'bo', creator: 'Bo Jansson', title: 'M51', kind: 'project', origin: 'ptr', resource: 'saf',
  project: undefined, priority: 'standard', note: '', modified: 0, extra: {}, ...more,
})
