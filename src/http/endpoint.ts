import type * as z from 'zod'
import type { Actor } from '../domain/observer.ts'
import { Failure } from '../domain/failure.ts'
import type { SiteCode } from '../domain/site.ts'
import { yieldToEventLoop } from '../concurrency.ts'
import type { ServiceContext } from '../service/context.ts'
import type { Portals } from '../sources/portals.ts'
import type { Projects } from '../sources/projects.ts'
import type { Quota } from './admission/quota.ts'
import type { Admission } from './admission/admission.ts'
import type { ObserverQuota } from './admission/observer-quota.ts'

/** What the endpoints need besides a request. */
export interface Deps {
  readonly context: ServiceContext
  readonly projects: Projects | undefined
  /** The observation portals of the LCO scheduler. */
  readonly portals: Portals | undefined
  /** The longest window of a list, in days. */
  readonly maxWindowDays: number
  /** Limits the changes of anonymous callers by address. A call that changes nothing counts as one. */
  readonly anonymousQuota: Quota
  /** Limits the writes of an observer. */
  readonly observerQuota: ObserverQuota
  /** Limits the nights at sites that anonymous callers ask about, by address. */
  readonly planningQuota: Quota
  /** Called when a telescope's poll has been handled. */
  readonly onPoll?: (site: SiteCode) => void
}

/** One authenticated request. */
export interface Call extends Deps {
  readonly actor: Actor
  readonly admission: Pick<Admission, 'address' | 'isPoll' | 'maxReadBytes' | 'enqueue'>
  /** The revisions in `If-Match`; undefined if any is accepted. */
  readonly expected: readonly number[] | undefined
}

/** The response: encoded JSON, or a value. `revision` becomes its ETag, with a suffix if the value is `masked`. */
export type EndpointResult<Output = unknown> =
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly value: Output; readonly revision?: number; readonly masked?: boolean }
  | {
      /** The JSON of an `Output`. */
      readonly json: string
      readonly revision: number
      readonly masked?: false
      /** Encodes the complete response of a write, if that can be much larger than the request. If it cannot be sent, `json` is. */
      readonly whole?: () => Promise<Uint8Array<ArrayBuffer>>
    }

/** The statuses of errors that not every endpoint has. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 412 | 429 | 502

/** The callers an endpoint is open to: anyone, signed-in callers, or (`guarded`) anonymous callers too unless `WRITE_GUARD=strict`. */
export type Access = 'anyone' | 'signed-in' | 'guarded'

/** One operation of the API: all that the server and `openapi.json` need. */
export interface Endpoint<Input = unknown, Output = unknown> {
  readonly name: string
  /** A read answers `GET` as well, with an ETag, and ignores invalid tokens if it is open to anyone. */
  readonly kind: 'read' | 'write'
  readonly access: Access
  /** Whether it waits for the issuer as long as a write does, although it is open to anyone. */
  readonly waitsForIssuer?: boolean
  readonly summary: string
  readonly description: string
  readonly input: z.ZodType<Input>
  readonly output: z.ZodType<Output>
  /** The maximum lengths of its lists, by their keys. */
  readonly maxEntries?: Readonly<Record<string, number>>
  /** The maximum size of its body in bytes, if it is not 64 kB. */
  readonly maxBytes?: number
  /** Whether nobody may keep its responses: they hold a secret. */
  readonly isSecret?: boolean
  readonly errors: readonly ErrorStatus[]
  readonly example: { readonly input: object; readonly answer: Output }
  /** The site whose telescope polls like this; undefined if the request is not a poll. */
  readonly polledSite?: (input: Input) => SiteCode | undefined
  /** The sites whose reservations alone decide the response to a viewer; undefined if more does, like the details of projects. */
  readonly dependsOn?: (input: Input) => readonly SiteCode[] | undefined
  readonly handle: (input: Input, call: Call) => Promise<EndpointResult<Output>>
}

/** Checks the types of the input and the output between schemas and handler; outside they are unknown. */
export const defineEndpoint = <Input, Output>(definition: Endpoint<Input, Output>): Endpoint =>
  definition as unknown as Endpoint

type InputShape<Input> = Pick<Endpoint<Input>, 'input' | 'maxEntries'>

/**
 * Checks the shape of a request, and finds all of its problems.
 * @throws Failure `malformed` with every problem, missing keys first; its sentence names the first
 */
export async function parseInput<Input>(
  definition: InputShape<Input>,
  body: Readonly<Record<string, unknown>>,
): Promise<Input> {
  assertLengths(definition.maxEntries ?? {}, body)
  const longKey = longKeyIn(definition, body)
  const { data, issues } =
    longKey === undefined ? parse(definition, body) : await parseInChunks(definition, body, longKey)
  if (data !== undefined && issues.length === 0) return data
  const missing = issues
    .filter(isMissing)
    .map(({ path }) => ({ field: path.join('.'), message: `missing required key ${String(path.at(-1))}` }))
  const malformed = issues
    .filter((issue) => !isMissing(issue))
    .map((issue) => ({ field: issue.path.join('.'), message: messageOf(issue) }))
  const sentences = [
    ...missing.map(({ message }) => message),
    ...malformed.map(({ field, message }) => `${field} ${message}`.trim()),
  ]
  throw new Failure('malformed', `Error: ${sentences[0]}`, [...missing, ...malformed])
}

/** Whether a key of an object has no value, or null. The parser reports the input for this. */
const isMissing = ({ path, input }: z.core.$ZodIssue): boolean =>
  typeof path.at(-1) === 'string' && (input ?? undefined) === undefined

/** Adds the keys that are required because of other keys. They are reported even if the body has other problems. */
export const requiring = <S extends z.ZodObject>(
  shape: S,
  keysOf: (body: z.output<S>) => readonly (string & keyof z.output<S>)[],
): S =>
  shape.superRefine(
    (body, context) => {
      const missing = keysOf(body).filter((key) => body[key] === undefined || body[key] === null)
      for (const key of missing) context.addIssue({ code: 'custom', path: [key], input: undefined })
    },
    { when: () => true },
  )

/** Entries of a list that are parsed in one turn of the event loop. */
const ENTRIES_PER_TURN = 500

const longKeyIn = <Input>({ maxEntries = {} }: InputShape<Input>, body: Readonly<Record<string, unknown>>) =>
  Object.keys(maxEntries).find((key) => Array.isArray(body[key]) && body[key].length > ENTRIES_PER_TURN)

/** What the schema makes of a body, and all problems. */
function parse<Input>({ input }: InputShape<Input>, body: Readonly<Record<string, unknown>>) {
  const { data, error } = input.safeParse(body, { reportInput: true })
  return { data, issues: error?.issues ?? [] }
}

/** The same, with the list under `longKey` parsed in chunks. */
async function parseInChunks<Input>(
  shape: InputShape<Input>,
  body: Readonly<Record<string, unknown>>,
  longKey: string,
) {
  const list = body[longKey] as unknown[]
  const { data, issues } = parse(shape, { ...body, [longKey]: list.slice(0, ENTRIES_PER_TURN) })
  for (let from = ENTRIES_PER_TURN; from < list.length; from += ENTRIES_PER_TURN) {
    await yieldToEventLoop()
    const chunk = parse(shape, { ...body, [longKey]: list.slice(from, from + ENTRIES_PER_TURN) })
    const inList = chunk.issues.filter(({ path }) => path[0] === longKey)
    issues.push(
      ...inList.map((issue) => ({ ...issue, path: [longKey, from + Number(issue.path[1]), ...issue.path.slice(2)] })),
    )
    if (data !== undefined && chunk.data !== undefined) listIn(data, longKey).push(...listIn(chunk.data, longKey))
  }
  return { data, issues }
}

const listIn = (data: unknown, key: string) => (data as Record<string, unknown[]>)[key] ?? []

/** Before the entries are parsed: each malformed one would take time, and become a problem. @throws Failure `malformed` */
function assertLengths(maxEntries: Readonly<Record<string, number>>, body: Readonly<Record<string, unknown>>): void {
  for (const [field, limit] of Object.entries(maxEntries)) {
    const value = body[field]
    if (!Array.isArray(value) || value.length <= limit) continue
    const message = `${field} holds at most ${limit} entries`
    throw new Failure('malformed', `Error: ${message}`, [{ field, message }])
  }
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`
  return issue.message
}
