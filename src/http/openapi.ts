import { z } from 'zod'
import { Conflict } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import { eventCodec } from '../wire/event.ts'
import { parseTime } from '../wire/time.ts'
import { changesInput } from './endpoints/changes.ts'
import type { Endpoint } from './endpoint.ts'
import { EVENT } from './endpoints/examples.ts'
import { type Problem, problemDetails, problemOf } from './problem.ts'

const ERROR = { $ref: '#/components/schemas/Error' }
const PROBLEM = { $ref: '#/components/schemas/Problem' }

const at = (text: string) => parseTime(text) ?? 0

const newEvent = eventCodec.decode(JSON.stringify(EVENT))
const conflictingEvent = { ...newEvent, id: 'bos-m57', observer: 'demo|bo', creator: 'Bo', title: 'Bo', start: at('2030-06-20T04:00:00Z'), end: at('2030-06-20T04:45:00Z') }
const conflict = new Conflict(newEvent, [conflictingEvent], {
  free: {
    before: { start: at('2030-06-19T04:10:11Z'), end: at('2030-06-19T09:59:29Z') },
    after: { start: at('2030-06-20T04:45:00Z'), end: at('2030-06-20T09:59:38Z') },
  },
})

/** One example of each refusal, in the words it has, and what it means. */
const ERROR_EXAMPLES: readonly (readonly [Failure, string])[] = [
  [new Failure('malformed', 'Error: missing required key site'), 'The request is malformed; the sentence names the first problem, problem details name all.'],
  [new Failure('unauthenticated', 'You must sign in to do this.'), 'No valid token or service key.'],
  [new Failure('forbidden', 'You may only modify your own events.'), 'Not yours, or kept for admins and services.'],
  [new Failure('not_found', 'There is no such event.'), 'No event has this id, or it does not start when the request says.'],
  [new Failure('not_acceptable', 'Changes come only as text/event-stream.'), 'It cannot be had in a form that `Accept` names, or there is no stream here.'],
  [conflict, 'The time or the id is taken. Problem details hold `conflicts` and, where the site has a known place and it is found in time, `free`.'],
  [new Failure('stale', 'The event has been changed since you read it; please read it again.'), '`If-Match` names an older revision.'],
  [new Failure('too_large', 'Error: the body holds at most 65536 bytes'), 'The body is too large, or the list is larger than a gateway can send.'],
  [new Failure('rate_limited', 'Too much is being changed from your address without signing in; please wait, or ask for less at a time.'), 'A limit for each address is reached. `Retry-After` says when to come again.'],
  [new Failure('upstream', 'The projects service does not answer just now; please try again.'), "Another program's service does not answer, or not sensibly."],
  [new Failure('unavailable', 'The calendar cannot reach its store just now; please try again.'), 'Not known just now; trying again is safe.'],
]

/** The OpenAPI 3.1 document of these endpoints, made from what checks the requests. */
export const openApiOf = (endpoints: readonly Endpoint[], version: string): object => ({
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
  paths: { ...Object.fromEntries(endpoints.map((endpoint) => [`/${endpoint.name}`, pathOf(endpoint)])), ...CHANGES, ...ABOUT },
  components: {
    schemas: { Error: { type: 'string', description: 'One plain sentence.' }, Problem: PROBLEM_SCHEMA, Event: EVENT_SCHEMA },
    responses: { ...Object.fromEntries(ERROR_EXAMPLES.map(([failure, description]) => errorExample(problemOf(failure), description))), 500: bug },
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: "An access token of the issuer that `config` names." },
      serviceKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The key of a trusted program.' },
    },
  },
})

function pathOf(endpoint: Endpoint): object {
  const { name, summary, description, example } = endpoint
  const common = { tags: [endpoint.kind === 'read' ? 'Reading' : 'Writing'], summary, description, security: [{}, { token: [] }, { serviceKey: [] }] }
  const post = {
    ...common,
    operationId: name,
    requestBody: { required: true, content: { 'application/json': { schema: inputSchema(endpoint), example: example.input } } },
    responses: responsesOf(endpoint, [413]),
  }
  if (endpoint.kind === 'write') return { post }
  const get = { ...common, operationId: `get-${name}`, parameters: parametersOf(endpoint), responses: responsesOf(endpoint, [413], true) }
  return { get, post }
}

function responsesOf(endpoint: Endpoint, more: readonly number[], revalidates = false): object {
  // Wherever a key is refused, too many wrong ones are.
  const keyed = endpoint.access === 'anyone' ? [] : [429]
  const statuses = [...new Set([...endpoint.errors, ...keyed, ...more, 503])]
  return {
    200: { description: 'Done.', content: { 'application/json': { schema: answerSchema(endpoint.example.answer), example: endpoint.example.answer } } },
    ...(revalidates && { 304: { description: 'Not changed since the ETag in `If-None-Match`. No body.' } }),
    ...Object.fromEntries([...statuses, 500].map((status) => [status, { $ref: `#/components/responses/${status}` }])),
  }
}

const errorExample = (problem: Problem, description: string) => [problem.status, errorResponse(description, problem)] as const

const errorResponse = (description: string, problem: Problem) => ({
  description,
  content: {
    'application/json': { schema: ERROR, example: problem.detail },
    'application/problem+json': { schema: PROBLEM, example: problemDetails(problem) },
  },
})

const bug = errorResponse('A fault of ours; nothing was changed.', problemOf(new Error('example')))

function inputSchema({ input }: Pick<Endpoint, 'input'>): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>
  return schema
}

function parametersOf(endpoint: Pick<Endpoint, 'input' | 'example'>): object[] {
  const { properties, required } = inputSchema(endpoint) as { properties: Record<string, object>; required?: string[] }
  const sample = endpoint.example.input as Record<string, unknown>
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required?.includes(name) ?? false,
    schema,
    ...(name in sample && { example: sample[name] }),
  }))
}

/** An example's schema: events are events wherever they stand. */
function answerSchema(value: unknown): object {
  if (Array.isArray(value)) return { type: 'array', items: answerSchema(value[0]) }
  if (value === null) return {}
  if (typeof value !== 'object') return { type: typeof value }
  if ('project_priority' in value) return { $ref: '#/components/schemas/Event' }
  const properties = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, answerSchema(inner)]))
  return { type: 'object', properties, required: Object.keys(properties) }
}

const EVENT_SCHEMA = {
  type: 'object',
  description: 'A reservation. Every field is there; fields of your own are kept and given back.',
  properties: Object.fromEntries(Object.keys(EVENT).map((key) => [key, { type: 'string' }])),
  required: Object.keys(EVENT),
  additionalProperties: true,
}

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457 problem details.',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    errors: { type: 'array', items: { type: 'object', properties: { message: { type: 'string' }, field: { type: 'string' } }, required: ['message'] } },
    conflicts: { type: 'array', items: { $ref: '#/components/schemas/Event' } },
    free: { type: 'object' },
  },
  required: ['type', 'title', 'status', 'code', 'detail', 'errors'],
}

const CHANGE = { event_id: EVENT.event_id, revision: 1, at: EVENT.last_modified, before: null, after: EVENT }

const CHANGES = {
  '/changes': {
    get: {
      tags: ['Reading'],
      operationId: 'changes',
      summary: 'What changes at sites, as it does',
      description:
        'Server-Sent Events that go on until either side ends them. `hello` comes first, `change` for each change, `reset` when all must be read again. ' +
        '`config` says whether there is a stream.',
      security: [{}, { token: [] }, { serviceKey: [] }],
      parameters: [
        ...parametersOf({ ...changesInput, example: { input: { site: 'saf' }, answer: undefined } }),
        { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' }, description: 'The id of the last event that was seen.' },
      ],
      responses: {
        200: {
          description: 'The stream. `data` of a `change` is JSON: `before` is null where it was made, `after` where it was deleted.',
          content: { 'text/event-stream': { schema: { type: 'string' }, example: `id: 150-9f3a2b1c\nevent: change\ndata: ${JSON.stringify(CHANGE)}\n\n` } },
        },
        ...Object.fromEntries([400, 406, 503, 500].map((status) => [status, { $ref: `#/components/responses/${status}` }])),
      },
    },
  },
}

const describe = (name: string, summary: string, example: unknown) => ({
  [`/${name}`]: {
    get: {
      tags: ['About'],
      operationId: name,
      summary,
      responses: {
        200: { description: 'Done.', content: { 'application/json': { schema: answerSchema(example), example } } },
        304: { description: 'Not changed since the ETag in `If-None-Match`. No body.' },
        500: { $ref: '#/components/responses/500' },
      },
    },
  },
})

const ABOUT = {
  ...describe('config', 'What a page needs to sign people in', {
    stage: 'dev', version: '1.0.0', issuer: 'https://issuer.example/', audience: 'urn:photonranch-calendar', client_id: 'photonranch-calendar',
    demo: false, conflicts: 'deny', max_window_days: 366, stream: true, projects: true,
  }),
  ...describe('sites', 'The telescopes whose place on Earth is known', [
    { code: 'saf', name: 'Apache Ridge Observatory', latitude: 35.554, longitude: -105.87, elevation: 2194, enclosure: 'roll-off roof', time_zone: 'America/Denver' },
  ]),
}
