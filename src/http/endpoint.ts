import type { z } from 'zod'
import type { Actor } from '../domain/observer.ts'
import { Failure } from '../domain/failure.ts'
import type { SiteCode } from '../domain/site.ts'
import { nextTurn } from '../pace.ts'
import type { World } from '../service/world.ts'
import type { Projects } from '../sources/projects.ts'
import type { Allowance } from './admission/allowance.ts'
import type { Admission } from './admission/control.ts'
import type { ObserverAllowance } from './admission/observers.ts'

/** What every endpoint may need besides its input. */
export interface Setting {
  readonly world: World
  readonly projects: Projects | undefined
  /** The longest window a list may ask for, in days. */
  readonly maxWindowDays: number
  /** How many reservations an address may change without signing in; a call that changes none counts as one. */
  readonly strangers: Allowance
  /** How much an observer may write. */
  readonly observers: ObserverAllowance
  /** Told that a telescope has asked for its schedule and got it. */
  readonly onPoll?: (site: SiteCode) => void
  /**
   * @param bindings what came with the request from whatever took it
   * @throws Failure `too_large` when a list is larger than can be sent that way
   */
  readonly assertFits: (list: Uint8Array | string, bindings: unknown) => void
}

/** One request, once it is known who asks. */
export interface Call extends Setting {
  readonly by: Actor
  readonly admission: Pick<Admission, 'address' | 'most' | 'standInLine'>
  /** The revisions in `If-Match`; undefined when any will do. */
  readonly expected: readonly number[] | undefined
}

/** What goes out: bytes that are JSON already, or a value; `revision` becomes the ETag, another one where the value is `masked`. */
export type Answer =
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly value: unknown; readonly revision?: number; readonly masked?: boolean; readonly whole?: Whole }

/** Makes the bytes of an answer to a write that may be much more than was asked. Where they cannot be sent, the value goes out. */
export type Whole = () => Promise<Uint8Array<ArrayBuffer>>

/** The errors an endpoint can give besides those that every one can. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 412 | 429 | 502

/** Who may ask at all: anyone, who has signed in, or strangers too unless the guard is strict. */
export type Askers = 'anyone' | 'signed-in' | 'guarded'

export interface Endpoint<Input = unknown> {
  readonly name: string
  /** A read answers `GET` as well, with an ETag, and strangers' tokens do not fail it. */
  readonly kind: 'read' | 'write'
  readonly askers: Askers
  /** Whether it waits for the issuer as long as a write does, though a stranger is answered too: where who asks is the question. */
  readonly patient?: boolean
  readonly summary: string
  readonly description: string
  readonly input: z.ZodType<Input>
  /** Keys that are missing, in the order in which the first is named. */
  readonly missing: (body: Readonly<Record<string, unknown>>) => readonly string[]
  /** How long its lists may be, by their keys. */
  readonly mostEntries?: Readonly<Record<string, number>>
  /** How large its body may be, where that is more than 64 kB. */
  readonly mostBytes?: number
  readonly errors: readonly ErrorStatus[]
  readonly example: { readonly input: object; readonly answer: unknown }
  /** Of which site this is what its telescope asks all night; undefined where it is something else. */
  readonly polledSite?: (input: Input) => SiteCode | undefined
  readonly handle: (input: Input, call: Call) => Promise<Answer>
}

/** Keeps the input's type from the schema to the handler, and forgets it outside. */
export const endpoint = <Input>(definition: Endpoint<Input>): Endpoint => definition as unknown as Endpoint

/** The keys that must be there and not null. */
export const requiring =
  (...keys: readonly string[]) =>
  (body: Readonly<Record<string, unknown>>): readonly string[] =>
    keys.filter((key) => body[key] === undefined || body[key] === null)

/** A required key's value: `missing` has seen to it that it is there. */
export function given<T>(value: T | null | undefined): T {
  if (value == null) throw new Error('A required key slipped through.')
  return value
}

type Shape<Input> = Pick<Endpoint<Input>, 'input' | 'missing' | 'mostEntries'>

/**
 * The shape of a request, once and for all of its problems.
 * @throws Failure `malformed`, naming every problem; the sentence names the first, missing keys before others
 */
export async function shaped<Input>(definition: Shape<Input>, body: Record<string, unknown>): Promise<Input> {
  assertLengths(definition.mostEntries ?? {}, body)
  const missing = definition.missing(body).map((key) => ({ field: key, message: `missing required key ${key}` }))
  const parsed = await parsedInTurns(definition, body)
  if (parsed.data !== undefined && parsed.issues.length === 0 && missing.length === 0) return parsed.data
  const issues = parsed.issues
    .map((issue) => ({ field: issue.path.join('.'), message: messageOf(issue) }))
    .filter(({ field }) => !missing.some((one) => one.field === field))
  const sentences = [...missing.map(({ message }) => message), ...issues.map(({ field, message }) => `${field} ${message}`.trim())]
  throw new Failure('malformed', `Error: ${sentences[0]}`, [...missing, ...issues])
}

/** So many entries of a list are looked at in one turn of the event loop. */
const IN_ONE_TURN = 500

/** What the schema makes of a body, and its problems. A long list is handed to it piece by piece. */
async function parsedInTurns<Input>({ input, mostEntries = {} }: Shape<Input>, body: Readonly<Record<string, unknown>>) {
  const long = Object.keys(mostEntries).find((key) => Array.isArray(body[key]) && body[key].length > IN_ONE_TURN)
  if (long === undefined) {
    const { data, error } = input.safeParse(body)
    return { data, issues: error?.issues ?? [] }
  }
  const list = body[long] as unknown[]
  const whole = input.safeParse({ ...body, [long]: list.slice(0, IN_ONE_TURN) })
  const issues = [...(whole.error?.issues ?? [])]
  for (let from = IN_ONE_TURN; from < list.length; from += IN_ONE_TURN) {
    await nextTurn()
    const piece = input.safeParse({ [long]: list.slice(from, from + IN_ONE_TURN) })
    for (const issue of piece.error?.issues ?? []) issues.push({ ...issue, path: [long, from + Number(issue.path[1]), ...issue.path.slice(2)] })
    if (whole.success && piece.success) listIn(whole.data, long).push(...listIn(piece.data, long))
  }
  return { data: whole.data, issues }
}

const listIn = (data: unknown, key: string) => (data as Record<string, unknown[]>)[key] ?? []

/** Before its entries are looked at: each that is wrong would take time, and be a problem to tell of. */
function assertLengths(most: Readonly<Record<string, number>>, body: Readonly<Record<string, unknown>>): void {
  for (const [field, limit] of Object.entries(most)) {
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
