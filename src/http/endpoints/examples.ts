/** The event in the examples of the documentation, with every field. */
export const EVENT = {
  event_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  start: '2030-06-20T04:15:00Z',
  end: '2030-06-20T05:00:00Z',
  site: 'saf',
  creator_id: 'demo|ada',
  creator: 'Ada Lovelace',
  title: 'Ada Lovelace',
  reservation_type: 'realtime',
  origin: 'ptr',
  resourceId: 'saf',
  project_id: 'none',
  project_priority: 'standard',
  reservation_note: '',
  last_modified: '2030-06-01T12:00:00Z',
} as const

/** An observation of the LCO scheduler in the examples; its portal's own form is shortened. */
export const OBSERVATION = {
  event_id: '512345678',
  start: '2030-06-20T04:15:00Z',
  end: '2030-06-20T04:45:00Z',
  creator: 'hubble',
  creator_id: 'hubble#LCO',
  last_modified: '2030-06-19T20:00:00Z',
  reservation_type: 'observation',
  origin: 'LCO',
  title: 'M31 Cepheids (via LCO)',
  resourceId: 'mrc1',
  site: 'mrc1',
  observation_type: 'NORMAL',
  observation_state: 'PENDING',
  request_state: 'PENDING',
  observation_data: {
    id: 512345678,
    start: '2030-06-20T04:15:00Z',
    end: '2030-06-20T04:45:00Z',
    submitter: 'hubble',
    name: 'M31 Cepheids',
    modified: '2030-06-19T20:00:00.123456Z',
    observation_type: 'NORMAL',
    state: 'PENDING',
    request: { id: 3456789, state: 'PENDING' },
  },
} as const

/** The required fields of `newevent`, and an end. */
export const NEW_EVENT = { event_id: EVENT.event_id, start: EVENT.start, end: EVENT.end, site: EVENT.site } as const

/** What clients of the original check: its database's response to a write. */
export const TABLE_RESPONSE = { ResponseMetadata: { HTTPStatusCode: 200 } } as const

/** A series with one night, whose reservation is the event of the examples. */
export const SERIES = 'm31-on-thursdays'
export const SERIES_NIGHT = {
  night: '2030-06-19',
  event: { ...EVENT, event_id: `${SERIES}:2030-06-19`, series_id: SERIES },
} as const
