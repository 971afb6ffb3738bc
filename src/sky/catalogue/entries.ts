import { Body } from 'astronomy-engine'
import { MOVING_BODIES, type MovingTarget, type Target } from '../target.ts'
import { CALDWELL } from './caldwell.ts'
import { MESSIER } from './messier.ts'
import { STARS } from './stars.ts'
import { keyOf, shortKeyOf, wordsOf } from './target-name.ts'

/** What something is: `galaxy`, `open cluster`, `star`, `planet`, `moon` … */
export type Kind = string

/** A target that has a name. */
export interface Entry {
  readonly name: string
  readonly aliases: readonly string[]
  readonly kind: Kind
  readonly target: Target
  /** The three letters of the constellation it lies in; undefined for what moves. */
  readonly constellation?: string
  /** Its names as they are compared. */
  readonly keys: readonly { readonly key: string; readonly short: string; readonly words: readonly string[] }[]
}

let entries: readonly Entry[] | undefined

/** The catalogue, in the order in which equally good matches are listed. Parsed when it is first asked for. */
export const catalogue = (): readonly Entry[] => (entries ??= [...MOVING_BODIES.map(bodyEntry), ...fixedEntries()])

const bodyEntry = (body: MovingTarget['body']): Entry => {
  const isMoon = body === Body.Moon
  const aliases = isMoon ? ['Luna'] : []
  return { name: body, aliases, kind: isMoon ? 'moon' : 'planet', target: { body }, keys: keysOf([body, ...aliases]) }
}

const fixedEntries = (): Entry[] => [MESSIER, CALDWELL, STARS].flatMap((table) => table.trim().split('\n').map(entryOf))

function entryOf(line: string): Entry {
  const [name, kind, ra, dec, constellation, ...aliases] = line.split('|') as [string, string, string, string, string]
  const target = { ra: Number(ra), dec: Number(dec) }
  return { name, aliases, kind, target, constellation, keys: keysOf([name, ...aliases]) }
}

const keysOf = (names: readonly string[]) =>
  names.map((name) => ({ key: keyOf(name), short: shortKeyOf(name), words: wordsOf(name) }))
