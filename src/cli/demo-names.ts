/** The observers of the demo data, by id and name. The first three are demo users, too. */
export const DEMO_OBSERVERS = [
  ['demo|ada', 'Ada Lovelace'],
  ['demo|bo', 'Bo Jansson'],
  ['demo|cleo', 'Cleo Okafor'],
  ['demo|mika', 'Mika Hoang'],
  ['demo|li', 'Li Wei'],
  ['demo|dana', 'Dana Hunt'],
  ['demo|ingrid', 'Ingrid Solberg'],
  ['demo|tomas', 'Tomas Beccue'],
  ['demo|fatima', 'Fatima Zahra'],
  ['demo|sam', 'Sam Rosing'],
  ['demo|priya', 'Priya Nair'],
] as const

/** Titles and notes of real-time sessions. */
export const DEMO_SESSIONS = [
  ['Class 9B first light', 'Class of 9B looks on; start with the core.'],
  ['Saturn with a class', ''],
  ['Open evening', 'Visitors from 19:00; keep to bright targets.'],
  ['M33 in colour', ''],
  ['M15 globular', ''],
  ['Jupiter red spot', 'Transit of the spot in the middle of the session.'],
  ['Class 11 spectra', ''],
  ['Orion with a class', ''],
  ['M13', ''],
  ['M74', 'Supernova check.'],
  ['Barnard 33', ''],
  ['Eta Carinae', ''],
] as const

export const DEMO_PROJECTS = [
  'AAVSO Mira campaign',
  'NGC 7331 deep',
  'M51 LRGB',
  'T CrB monitoring',
  'WASP-12 b transit',
  'Local Group in colour',
  'Orion mosaic',
  'NGC 891',
  'Crab Nebula O III',
  'Uranus satellites',
  'Vesta astrometry',
  'Tarantula in narrow band',
] as const

export const SCHEDULED_TARGETS = [
  'NEO 2026 WD4',
  'Comet C/2025 K1',
  'AT 2026abc follow-up',
  'Proxima monitoring',
] as const

export const MAINTENANCE_WORK = ['Camera swap', 'Flat fields', 'Mirror cleaning', 'Pointing model'] as const
