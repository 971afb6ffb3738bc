import { HOUR } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAfter, nightInterval } from '../../src/sky/zone.ts'

/** A reservation of the scene, as `newevent` takes it. */
export interface SceneEvent {
  readonly event_id: string
  readonly site: string
  readonly start: string
  readonly end: string
  readonly title: string
  readonly creator: string
  readonly creator_id: string
  readonly reservation_type: 'realtime' | 'project' | 'maintenance'
  readonly project_id?: string
  readonly project_priority?: 'standard' | 'low_priority'
  readonly reservation_note?: string
}

type Row = readonly [site: string, start: string, end: string, kind: string, who: string, title: string, note?: string]

/**
 * Thursday 26 November 2026 and the nights around it. Times are UTC, of the year 2026: month-day, hour and minute. The kind is
 * `real`, `project`, `low` (a project of low priority) or `closed`.
 */
const ROWS: readonly Row[] = [
  ['saf', '11-26 01:30', '11-26 02:15', 'real', 'ingrid', 'Class 9B first light'],
  ['saf', '11-26 02:15', '11-26 04:00', 'project', 'li', 'AAVSO Mira campaign'],
  ['saf', '11-26 04:00', '11-26 06:30', 'project', 'cleo', 'NGC 7331 deep'],
  ['saf', '11-26 07:00', '11-26 07:45', 'real', 'tomas', 'Barnard 33'],
  ['saf', '11-26 09:00', '11-26 12:00', 'project', 'ada', 'M51 LRGB'],
  ['saf', '11-27 00:15', '11-27 01:00', 'closed', 'grace', 'Flat fields'],
  ['saf', '11-27 01:30', '11-27 02:30', 'project', 'mika', 'T CrB monitoring'],
  ['saf', '11-27 02:30', '11-27 03:15', 'real', 'fatima', 'Saturn with a class'],
  ['saf', '11-27 03:15', '11-27 05:30', 'project', 'bo', 'WASP-12 b transit'],
  ['saf', '11-27 05:30', '11-27 06:15', 'real', 'ada', 'M33 in colour', 'Class of 9B looks on; start with the core.'],
  ['saf', '11-27 08:30', '11-27 10:00', 'project', 'li', 'NEO 2026 WD4'],
  ['saf', '11-27 10:00', '11-27 10:45', 'real', 'ingrid', 'Jupiter red spot'],
  ['saf', '11-27 11:15', '11-27 12:15', 'low', 'cleo', 'M51 LRGB'],
  ['saf', '11-28 01:00', '11-28 01:45', 'real', 'fatima', 'Open evening'],
  ['saf', '11-28 03:00', '11-28 04:30', 'project', 'cleo', 'NGC 7331 deep'],
  ['saf', '11-28 04:30', '11-28 06:45', 'project', 'dana', 'IC 434 narrowband'],
  ['saf', '11-28 07:45', '11-28 08:30', 'real', 'ada', 'M81 and M82'],
  ['saf', '11-28 10:00', '11-28 11:30', 'project', 'mika', 'T CrB monitoring'],
  ['saf', '11-28 23:15', '11-29 02:00', 'closed', 'grace', 'Camera swap'],
  ['saf', '11-29 02:30', '11-29 03:15', 'real', 'li', 'M15 globular'],
  ['saf', '11-29 03:15', '11-29 05:30', 'project', 'bo', 'WASP-12 b transit'],
  ['saf', '11-29 06:30', '11-29 10:15', 'project', 'dana', 'Crab Nebula O III'],
  ['saf', '11-29 11:15', '11-29 12:00', 'real', 'sam', 'Comet C/2025 K1'],
  ['saf', '11-29 19:00', '11-30 23:00', 'closed', 'grace', 'Roof motor replacement'],
  ['saf', '12-01 01:00', '12-01 02:00', 'real', 'ingrid', 'Class 11 spectra'],
  ['saf', '12-01 03:15', '12-01 04:45', 'project', 'mika', 'T CrB monitoring'],
  ['saf', '12-01 04:45', '12-01 05:30', 'real', 'ada', 'M74'],
  ['saf', '12-01 07:00', '12-01 08:30', 'project', 'bo', 'WASP-12 b transit'],
  ['saf', '12-01 08:30', '12-01 11:45', 'project', 'li', 'NEO 2026 WD4'],
  ['saf', '12-02 01:30', '12-02 04:15', 'project', 'dana', 'Crab Nebula O III'],
  ['saf', '12-02 05:00', '12-02 07:15', 'low', 'cleo', 'M51 preparation'],
  ['saf', '12-02 07:15', '12-02 08:00', 'real', 'priya', 'Orion with a class'],
  ['saf', '12-02 10:30', '12-02 11:15', 'real', 'tomas', 'M13'],
  ['saf', '12-02 11:15', '12-02 12:15', 'low', 'ada', 'Vesta astrometry'],
  ['aro2', '11-27 01:30', '11-27 03:30', 'project', 'mika', 'T CrB monitoring'],
  ['aro2', '11-27 07:30', '11-27 10:30', 'project', 'li', 'AAVSO Mira campaign'],
  ['aro2', '11-27 10:45', '11-27 11:45', 'real', 'ada', 'Vesta with a class'],
  ['mrc2', '11-27 02:00', '11-27 03:30', 'project', 'dana', 'Orion mosaic'],
  ['mrc2', '11-27 06:15', '11-27 08:30', 'real', 'tomas', 'Jupiter red spot'],
  ['mrc2', '11-27 10:30', '11-27 13:00', 'project', 'ada', 'M51 LRGB'],
  ['aro1', '11-27 02:15', '11-27 04:30', 'project', 'mika', 'T CrB night'],
  ['aro1', '11-27 06:00', '11-27 08:00', 'project', 'dana', 'Orion mosaic'],
  ['aro1', '11-27 08:30', '11-27 09:15', 'real', 'sam', 'M42'],
  ['aro1', '11-27 10:00', '11-27 12:00', 'project', 'li', 'AAVSO Mira campaign'],
  ['sro1', '11-27 02:00', '11-27 06:45', 'project', 'cleo', 'Comet C/2025 K1'],
  ['sro1', '11-27 08:00', '11-27 09:00', 'real', 'priya', 'Rosette'],
  ['sro1', '11-27 11:00', '11-27 13:00', 'project', 'li', 'NEO 2026 WD4'],
  ['mrc1', '11-27 02:30', '11-27 04:30', 'real', 'fatima', 'Open evening'],
  ['mrc1', '11-27 04:30', '11-27 06:00', 'project', 'sam', 'Uranus satellites'],
  ['mrc1', '11-27 06:00', '11-27 07:30', 'project', 'cleo', 'NGC 891'],
  ['mrc1', '11-27 10:00', '11-27 12:30', 'project', 'ingrid', 'Barnard 33'],
  ['lcs1', '11-27 12:15', '11-27 13:45', 'real', 'priya', 'Eta Carinae'],
  ['lcs1', '11-27 15:00', '11-27 17:00', 'project', 'sam', 'Proxima monitoring'],
  ['eco1', '11-27 11:30', '11-27 13:30', 'project', 'dana', 'Tarantula in narrow band'],
  ['eco1', '11-27 14:15', '11-27 15:30', 'project', 'ada', '47 Tucanae'],
  ['eco1', '11-27 16:00', '11-27 17:00', 'real', 'tomas', 'Southern Cross'],
  ['eco2', '11-25 22:00', '12-03 05:00', 'closed', 'grace', 'Roof motor replacement'],
  ['tbo2', '11-20 22:00', '12-19 13:00', 'closed', 'grace', 'Simulator offline'],
]

const NAMES: Readonly<Record<string, string>> = {
  ada: 'Ada Lovelace',
  bo: 'Bo Jansson',
  cleo: 'Cleo Okafor',
  dana: 'Dana Hunt',
  fatima: 'Fatima Zahra',
  grace: 'Grace Hopper',
  ingrid: 'Ingrid Solberg',
  li: 'Li Wei',
  mika: 'Mika Hoang',
  priya: 'Priya Nair',
  sam: 'Sam Rosing',
  tomas: 'Tomas Beccue',
}

const TYPES = { real: 'realtime', project: 'project', low: 'project', closed: 'maintenance' } as const

/** All reservations of the scene: those above, and some in the other nights of the month at `site`. */
export const sceneEvents = (site: Site): SceneEvent[] => [...ROWS.map(eventOf), ...monthAt(site)]

function eventOf([site, start, end, kind, who, title, note]: Row): SceneEvent {
  const isProject = kind === 'project' || kind === 'low'
  return {
    event_id: `${site}-${start.replace(' ', 'T')}`,
    site,
    start: timeOf(start),
    end: timeOf(end),
    title,
    creator: NAMES[who] ?? who,
    creator_id: `demo|${who}`,
    reservation_type: TYPES[kind as keyof typeof TYPES],
    ...(isProject && { project_id: `${title}#2026-11-01T00:00:00Z` }),
    ...(title === 'M33 in colour' && { project_id: 'Local Group in colour#2026-11-01T00:00:00Z' }),
    ...(kind === 'low' && { project_priority: 'low_priority' }),
    ...(note !== undefined && { reservation_note: note }),
  }
}

const timeOf = (text: string): string => `2026-${text.replace(' ', 'T')}:00Z`

const TITLES = ['M31 mosaic', 'NGC 7331 deep', 'Open evening', 'T CrB monitoring', 'Veil Nebula', 'M33 in colour']
/** Hours after noon at which a night's reservations start, and how long they last. */
const PATTERNS = [
  [7, 1.5, 9, 0.75, 11, 2],
  [8, 0.75, 9.5, 2, 13, 1.5],
  [6.5, 2.5, 12, 0.75, 14.5, 2],
  [10, 3, 14, 0.75, 16, 1],
]

/** The nights from 26 October to 6 December 2026 that the rows leave empty. */
function monthAt(site: Site): SceneEvent[] {
  const first: Night = { site, date: '2026-10-26' }
  return Array.from({ length: 42 }, (_, index) => nightAfter(first, index))
    .filter(({ date }) => date < '2026-11-25' || date > '2026-12-01')
    .flatMap((night, index) => nightEvents(night, index))
}

function nightEvents(night: Night, index: number): SceneEvent[] {
  const pattern = PATTERNS[index % PATTERNS.length] ?? []
  const people = Object.keys(NAMES).filter((name) => name !== 'grace')
  const { start } = nightInterval(night)
  return [0, 2, 4].slice(0, 1 + ((index * 7) % 3)).map((at, nth) => {
    const from = start + (pattern[at] ?? 0) * HOUR
    const length = (pattern[at + 1] ?? 1) * HOUR
    const kind = length < HOUR ? 'real' : 'project'
    const title = TITLES[(index + nth) % TITLES.length] ?? ''
    const who = people[(index * 3 + nth) % people.length] ?? 'li'
    return eventOf([night.site.code, shortTime(from), shortTime(from + length), kind, who, title])
  })
}

const shortTime = (at: number): string => new Date(at * 1000).toISOString().slice(5, 16).replace('T', ' ')
