import { assertSignedIn } from '../../domain/access.ts'
import { cancelSeries } from '../../service/cancel-series.ts'
import { responses } from '../../wire/responses.ts'
import { seriesChangeShape } from '../../wire/series-input.ts'
import { defineEndpoint } from '../endpoint.ts'
import { SERIES, SERIES_NIGHT } from './examples.ts'
import { seriesResponse } from './series-response.ts'
import { override } from './shared.ts'

export const deleteSeries = defineEndpoint({
  name: 'deleteseries',
  kind: 'write',
  access: 'signed-in',
  summary: 'Delete the reservations of a series from a night on',
  description:
    'One atomic change: all of them, or none. Reservations that have ended stay. `restore-event` brings each of the others back.',
  input: seriesChangeShape
    .pick({ series_id: true, from_night: true, creator_id: true, dry_run: true })
    .extend({ override }),
  output: responses.deleteseries,
  errors: [400, 401, 403, 404, 409],
  example: {
    input: { series_id: SERIES, from_night: '2030-06-19' },
    answer: { series_id: SERIES, dry_run: false, nights: [SERIES_NIGHT] },
  },
  async handle({ series_id: id, from_night: fromNight, creator_id, dry_run, override: overrides }, { actor, context }) {
    assertSignedIn(actor)
    const dryRun = dry_run ?? false
    const part = { id, fromNight, observer: creator_id ?? actor.id }
    const deleted = await cancelSeries(part, actor, { dryRun, override: overrides ?? false }, context)
    const outcomes = deleted.map((one) =>
      'written' in one ? { night: one.night, written: { reservation: one.written } } : one,
    )
    return seriesResponse({ id, dryRun }, outcomes, actor)
  },
})
