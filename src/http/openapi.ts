import * as z from 'zod'
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathItemObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi'
import { Conflict } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import { reservationOf } from '../wire/event.ts'
import { problem, responses, type WireChanges, type WireConfig, type WireSite } from '../wire/responses.ts'
import { instantOf } from '../wire/time.ts'
import { CHANGES_GONE } from '../service/changes.ts'
import { changesInput } from './endpoints/changes.ts'
import type { Endpoint } from './endpoint.ts'
import { EVENT } from './endpoints/examples.ts'
import { WEBHOOKS } from './openapi-webhooks.ts'
import { type Problem, problemDetails, problemOf } from './problem.ts'

const error = z.string().meta({ id: 'Error', description: 'One plain sentence.' })

const newEvent = reservationOf(EVENT)
const conflictingEvent = {
  ...newEvent,
  id: 'bos-m57',
  observer: 'demo|bo',
  creator: 'Bo',
  title: 'Bo',
  start: instantOf('2030-06-20T04:00:00Z'),
  end: instantOf('2030-06-20T04:45:00Z'),
}
const conflict = new Conflict(newEvent, [conflictingEvent], {
  free: {
    before: { start: instantOf('2030-06-19T04:10:11Z'), end: instantOf('2030-06-19T09:59:29Z') },
    after: { start: instantOf('2030-06-20T04:45:00Z'), end: instantOf('2030-06-20T09:59:38Z') },
  },
})

/** An example of each error, with its real sentence, and its meaning. */
const ERROR_EXAMPLES: readonly (readonly [Failure, string])[] = [
  [
    new Failure('malformed', 'Error: missing required key site'),
    'The request is malformed; the sentence names the first problem, problem details name all.',
  ],
  [new Failure('unauthenticated', 'You must sign in to do this.'), 'No valid token or service key.'],
  [new Failure('forbidden', 'You may only modify your own events.'), 'Not yours, or for admins and services only.'],
  [
    new Failure('not_found', 'There is no such event.'),
    'No event has this id, or it does not start when the request says.',
  ],
  [
    new Failure('not_acceptable', 'Changes come as application/json or text/event-stream.'),
    'There is no representation that `Accept` allows, or no stream here.',
  ],
  [
    new Failure('gone', CHANGES_GONE),
    'Changes after this cursor may be missing: it is older than what is kept, unknown, or of another store.',
  ],
  [
    conflict,
    'The time or the id is taken, or rules are broken (code `rules`; `errors` has all of them). Problem details hold `conflicts` and, if the site has a known position and it is found in time, `free`.',
  ],
  [
    new Failure('stale', 'The event has been changed since you read it; please read it again.'),
    '`If-Match` names an older revision.',
  ],
  [
    new Failure('too_large', 'Error: the body holds at most 65536 bytes'),
    'The body is too large, or the answer would be; then the sentence says what to ask for instead.',
  ],
  [
    new Failure(
      'rate_limited',
      'Too much is being changed from your address without signing in; please wait, or ask for less at a time.',
    ),
    'A limit for each address is reached. `Retry-After` says when to try again.',
  ],
  [
    new Failure('upstream', 'The projects service does not answer just now; please try again.'),
    'Another service does not answer, or sends a malformed response.',
  ],
  [
    new Failure('unavailable', 'The calendar cannot reach its store just now; please try again.'),
    'Not known just now; trying again is safe.',
  ],
]

/** The OpenAPI 3.1 document of these endpoints, made from the schemas that check requests and type responses. */
// oxlint-disable-next-line max-lines-per-function -- one call or field a line
export const openApiOf = (endpoints: readonly Endpoint[], version: string): object =>
  createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Photon Ranch Calendar',
        version,
        license: { name: 'MIT', identifier: 'MIT' },
        description:
          'Reservations of robotic telescopes. Bodies are JSON whatever the Content-Type says. An error is a JSON string, one plain sentence; ' +
          'with `Accept: application/problem+json` it is problem details (RFC 9457). Times are ISO 8601 and always written `YYYY-MM-DDTHH:mm:ssZ`.',
      },
      servers: [
        { url: '/dev', description: 'stage dev' },
        { url: '/test', description: 'stage test' },
        { url: '/calendar', description: 'stage prod' },
      ],
      paths: {
        ...Object.fromEntries(endpoints.map((endpoint) => [`/${endpoint.name}`, pathOf(endpoint)])),
        ...CHANGES,
        ...FEEDS,
        ...ABOUT,
      },
      webhooks: WEBHOOKS,
      components: {
        responses: {
          ...Object.fromEntries(
            ERROR_EXAMPLES.map(([failure, description]) => errorExample(problemOf(failure), description)),
          ),
          500: bug,
        },
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'An access token of the issuer that `config` names.',
          },
          serviceKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The key of a trusted program.' },
        },
      },
    },
    { override: withoutNoise },
  )

/** Removes two things that zod adds: that responses never get more fields, and the range of exact integers in JavaScript. */
function withoutNoise({
  jsonSchema,
}: {
  readonly jsonSchema: { additionalProperties?: unknown; minimum?: unknown; maximum?: unknown }
}): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

function pathOf(endpoint: Endpoint): ZodOpenApiPathItemObject {
  const { name, summary, description, example } = endpoint
  const common = { tags: [endpoint.kind === 'read' ? 'Reading' : 'Writing'], summary, description, security: SECURITY }
  const post: ZodOpenApiOperationObject = {
    ...common,
    operationId: name,
    requestBody: {
      required: true,
      content: { 'application/json': { schema: endpoint.input, example: example.input } },
    },
    responses: responsesOf(endpoint),
  }
  if (endpoint.kind === 'write') return { post }
  const get: ZodOpenApiOperationObject = {
    ...common,
    operationId: `get-${name}`,
    parameters: parametersOf(endpoint),
    responses: { ...responsesOf(endpoint), 304: NOT_MODIFIED },
  }
  return { get, post }
}

const SECURITY = [{}, { token: [] }, { serviceKey: [] }]
const NOT_MODIFIED = { description: 'Not changed since the ETag in `If-None-Match`. No body.' }

function responsesOf({ access, errors, output, example }: Endpoint) {
  // Where wrong service keys are rejected, their number is limited.
  const limited = access === 'anyone' ? [] : [429]
  return { 200: okOf(output, example.answer), ...errorsOf([...new Set([...errors, ...limited, 413, 503, 500])]) }
}

const okOf = (schema: z.ZodType, example: unknown): ZodOpenApiResponseObject => ({
  description: 'Done.',
  content: { 'application/json': { schema, example } },
})

const errorsOf = (statuses: readonly number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      String(status) as `${1 | 2 | 3 | 4 | 5}${string}`,
      { $ref: `#/components/responses/${status}` },
    ]),
  )

const errorExample = (example: Problem, description: string) =>
  [example.status, errorResponse(description, example)] as const

const errorResponse = (description: string, example: Problem): ZodOpenApiResponseObject => ({
  description,
  content: {
    'application/json': { schema: error, example: example.detail },
    'application/problem+json': { schema: problem, example: problemDetails(example) },
  },
})

const bug = errorResponse('A fault of ours; nothing was changed.', problemOf(new Error('example')))

/** The parameters of a query. The inputs of all reads are objects. */
function parametersOf({ input, example }: Pick<Endpoint, 'input' | 'example'>): z.ZodType[] {
  const samples = example.input as Record<string, unknown>
  return Object.entries((input as z.ZodObject).shape).map(([name, schema]) =>
    (schema as z.ZodType).meta({
      ...z.globalRegistry.get(schema),
      param: { in: 'query', name, ...(name in samples && { example: samples[name] }) },
    }),
  )
}

const CHANGE = { event_id: EVENT.event_id, revision: 1, at: EVENT.last_modified, before: null, after: EVENT }
const CHANGES_PAGE: WireChanges = {
  changes: [{ cursor: '150-9f3a2b1c', ...CHANGE, via: 'reserve', by: EVENT.creator_id }],
  cursor: '162-08b5e6fa',
}

const CHANGES: ZodOpenApiPathsObject = {
  '/changes': {
    get: {
      tags: ['Reading'],
      operationId: 'changes',
      summary: 'The changes at sites, in pages or as they are committed',
      description:
        'By `Accept`, and where it has no preference JSON with `since` or `limit`, and else the stream. As JSON a page of the changes ' +
        'after `since`, complete and in the order of their commits, and the cursor after it; without `since` only the present cursor. ' +
        'As Server-Sent Events, until either side ends them: `hello` first, `change` for each change, `reset` when changes were left ' +
        'out: with `since` in its data they can be read from there, else everything must be read again. `config` says whether there is a stream.',
      security: SECURITY,
      parameters: [
        ...parametersOf({
          ...changesInput,
          example: { input: { since: '149-77d0c31e', site: 'saf', limit: 1000 }, answer: undefined },
        }),
        {
          name: 'Last-Event-ID',
          in: 'header',
          required: false,
          schema: { type: 'string' },
          description: 'For the stream, instead of `since`: the id of the last event that was received.',
        },
      ],
      responses: {
        200: {
          description:
            'The page, or the stream. `data` of a `change` is JSON. `before` is null if it was created, `after` if it was deleted.',
          content: {
            'application/json': { schema: responses.changes, example: CHANGES_PAGE },
            'text/event-stream': {
              schema: { type: 'string' },
              example: `id: 150-9f3a2b1c\nevent: change\ndata: ${JSON.stringify(CHANGE)}\n\n`,
            },
          },
        },
        304: NOT_MODIFIED,
        ...errorsOf([400, 406, 410, 413, 429, 503, 500]),
      },
    },
  },
}

const FEED_EXAMPLE = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//Photon Ranch//Calendar//EN',
  'BEGIN:VEVENT',
  'UID:0b8cdd6e-8c43-8a3e-9d1c-5a8f2f0c7e11',
  'DTSTAMP:20300301T120000Z',
  'LAST-MODIFIED:20300301T120000Z',
  'SEQUENCE:0',
  'DTSTART:20300620T040000Z',
  'DTEND:20300620T050000Z',
  'SUMMARY:M31',
  'STATUS:CONFIRMED',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n')

const feed = (
  operationId: string,
  parameter: string,
  texts: Pick<ZodOpenApiOperationObject, 'summary' | 'description'>,
): ZodOpenApiPathItemObject => ({
  get: {
    tags: ['Reading'],
    operationId,
    ...texts,
    security: [],
    parameters: [z.string().meta({ param: { in: 'path', name: parameter, required: true } })],
    responses: {
      200: {
        description: 'The feed.',
        content: { 'text/calendar': { schema: { type: 'string' }, example: FEED_EXAMPLE } },
      },
      304: NOT_MODIFIED,
      ...errorsOf([404, 413, 429, 503, 500]),
    },
  },
})

const FEEDS: ZodOpenApiPathsObject = {
  '/sites/{site}.ics': feed('site-feed', 'site', {
    summary: 'A telescope as iCalendar',
    description: 'From 30 days back to all that is to come, masked. Cancelled reservations stay for 30 days.',
  }),
  '/feeds/{secret}.ics': feed('secret-feed', 'secret', {
    summary: "An observer's reservations as iCalendar",
    description: 'Unmasked. `calendar-feeds` makes the secret, and revokes it: then it is a 404, as an unknown one.',
  }),
}

const about = (
  operationId: string,
  summary: string,
  schema: z.ZodType,
  example: unknown,
): ZodOpenApiPathItemObject => ({
  get: {
    tags: ['About'],
    operationId,
    summary,
    responses: { 200: okOf(schema, example), 304: NOT_MODIFIED, ...errorsOf([500]) },
  },
})

const CONFIG: WireConfig = {
  stage: 'dev',
  version: '1.0.0',
  issuer: 'https://issuer.example/',
  audience: 'urn:photonranch-calendar',
  client_id: 'photonranch-calendar',
  demo: false,
  conflicts: 'deny',
  max_window_days: 366,
  stream: true,
  projects: true,
  max_series: 50,
}
const SITE: WireSite = {
  code: 'saf',
  name: 'Apache Ridge Observatory',
  latitude: 35.554,
  longitude: -105.87,
  elevation: 2194,
  enclosure: 'roll-off roof',
  time_zone: 'America/Denver',
}

const ABOUT: ZodOpenApiPathsObject = {
  '/config': about('config', 'The public configuration', responses.config, CONFIG),
  '/sites': about('sites', 'The telescopes whose position on Earth is known', responses.sites, [SITE]),
}
