import type { ZodOpenApiObject, ZodOpenApiOperationObject } from 'zod-openapi'
import { webhookBody, type WebhookBody } from '../wire/responses.ts'
import { EVENT } from './endpoints/examples.ts'

const HEADERS = {
  'webhook-id': 'The same in every attempt, and for every receiver: a second webhook with the same id is a repetition.',
  'webhook-timestamp': 'When this attempt was made, in seconds since 1970.',
  'webhook-signature':
    'HMAC-SHA256 of `ID.TIMESTAMP.BODY` in base64, after `v1,`; one for each secret, separated by spaces.',
}

const LATER = '2030-06-20T02:10:00Z'
const CHANGED = { ...EVENT, reservation_note: 'clouds until four', last_modified: LATER }
const CREATED = {
  event_id: EVENT.event_id,
  revision: 1,
  via: 'reserve',
  at: EVENT.last_modified,
  by: EVENT.creator_id,
} as const

/** An example of each type, and when it is sent. */
const TYPES: readonly (readonly [string, WebhookBody])[] = [
  [
    'A reservation was made.',
    { type: 'reservation.created', timestamp: EVENT.last_modified, data: { ...CREATED, before: null, after: EVENT } },
  ],
  [
    'A reservation was changed: also moved, attached to a project, or set back to an earlier revision.',
    {
      type: 'reservation.changed',
      timestamp: LATER,
      data: { ...CREATED, revision: 2, via: 'amend', at: LATER, before: EVENT, after: CHANGED },
    },
  ],
  [
    'A reservation was deleted, or removed with an expired schedule.',
    {
      type: 'reservation.deleted',
      timestamp: LATER,
      data: { ...CREATED, revision: 3, via: 'cancel', at: LATER, before: CHANGED, after: null },
    },
  ],
  [
    'A reservation that had been deleted was brought back.',
    {
      type: 'reservation.restored',
      timestamp: LATER,
      data: { ...CREATED, revision: 4, via: 'restore', at: LATER, before: null, after: EVENT },
    },
  ],
]

const operation = ([description, example]: (typeof TYPES)[number]): ZodOpenApiOperationObject => ({
  tags: ['Webhooks'],
  operationId: example.type,
  summary: description,
  description:
    'Sent to each receiver of `WEBHOOKS`, by the Standard Webhooks specification. The order is kept for each reservation and ' +
    'receiver, but one that is more than 5 minutes late does not hold back the next: `revision` says which is newer.',
  parameters: Object.entries(HEADERS).map(([name, text]) => ({
    name,
    in: 'header',
    required: true,
    description: text,
    schema: { type: 'string' },
  })),
  requestBody: { required: true, content: { 'application/json': { schema: webhookBody, example } } },
  responses: {
    '2XX': { description: 'Received. The body is not read.' },
    410: { description: 'Not wanted: it is not sent again.' },
    default: { description: 'Not received, a redirect too: it is sent again, after `Retry-After` at the earliest.' },
  },
})

/** What the calendar sends to receivers, for the OpenAPI document. */
export const WEBHOOKS: NonNullable<ZodOpenApiObject['webhooks']> = Object.fromEntries(
  TYPES.map((type) => [type[1].type, { post: operation(type) }]),
)
