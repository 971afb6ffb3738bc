import { assertSignedIn } from '../../domain/access.ts'
import { amendSeries } from '../../service/amend-series.ts'
import { applyChanges } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { seriesChangeShape } from '../../wire/series-input.ts'
import { defineEndpoint } from '../endpoint.ts'
import { SERIES, SERIES_NIGHT } from './examples.ts'
import { MAX_SERIES_BYTES, seriesResponse } from './series-response.ts'
import { override } from './shared.ts'

export const modifySeries = defineEndpoint({
  name: 'modifyseries',
  kind: 'write',
  access: 'signed-in',
  summary: 'Change the reservations of a series from a night on',
  description:
    'One atomic change: all of them, or none. Absent fields keep their value. `start` counts in the night in which each is now. ' +
    'Reservations that have ended stay as they are; those that were changed by hand are changed like the others.',
  input: seriesChangeShape.extend({ override }),
  output: responses.modifyseries,
  maxBytes: MAX_SERIES_BYTES,
  errors: [400, 401, 403, 404, 409],
  example: {
    input: { series_id: SERIES, from_night: '2030-06-19', start: { clock: '22:15' } },
    answer: { series_id: SERIES, dry_run: false, nights: [SERIES_NIGHT] },
  },
  async handle(body, { actor, context }) {
    assertSignedIn(actor)
    const { series_id: id, from_night: fromNight, start, minutes, dry_run, override: overrides, ...fields } = body
    const now = context.now()
    const dryRun = dry_run ?? false
    const outcomes = await amendSeries(
      {
        id,
        observer: fields.creator_id ?? actor.id,
        fromNight,
        start: start ?? undefined,
        minutes: minutes ?? undefined,
        site: fields.site ?? undefined,
        change: (before, interval) => applyChanges(before, { ...fields, ...interval }, now),
        override: overrides ?? false,
      },
      actor,
      { dryRun },
      context,
    )
    return seriesResponse({ id, dryRun }, outcomes, actor)
  },
})
