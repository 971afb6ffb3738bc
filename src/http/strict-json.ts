import { Failure } from '../domain/failure.ts'
import { quoted } from '../domain/text.ts'

export const MAX_DEPTH = 32
/** Tokens that are parsed in one turn of the event loop, in a few milliseconds. */
const TOKENS_PER_TURN = 2048

/** What the parser accepts next. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end' | 'nothing'

/** A list or an object that is not closed yet, and the key of the next value. */
interface Open {
  readonly into: unknown[] | Record<string, unknown>
  key: string
}

export const rejection = (problem: string): Failure =>
  new Failure('malformed', `Error: ${problem}`, [{ message: problem }])
const invalid = () => rejection('the body must be valid JSON')

/**
 * Parses JSON like `JSON.parse`, but rejects duplicate keys, `__proto__`, deep nesting, numbers that JavaScript cannot
 * represent, and lone surrogates. It yields after every 2048 tokens, so that a long text does not block the event loop.
 * @returns the value
 * @throws Failure `malformed`
 */
export function* parsing(text: string): Generator<undefined, unknown> {
  const root: unknown[] = []
  const open: Open[] = [{ into: root, key: '' }]
  let expected: Expected = 'value'
  let read = 0
  for (const token of tokensIn(text)) {
    if ((read += 1) % TOKENS_PER_TURN === 0) yield
    expected = consume(token, expected, open)
  }
  if (expected !== 'nothing') throw invalid()
  return root[0]
}

/** A bracket, comma or colon; a text; or any other word, which must be a literal. */
const TOKEN = /[ \t\n\r]*([{}[\],:]|"[^"\\]*(?:\\[^][^"\\]*)*"|[^\s{}[\],:"]+)/y
const REST = /[ \t\n\r]*$/y

function* tokensIn(text: string): Generator<string> {
  let at = 0
  for (;;) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)?.[1]
    if (token === undefined) break
    at = TOKEN.lastIndex
    yield token
  }
  // Set here, as others may have read other texts meanwhile.
  REST.lastIndex = at
  if (!REST.test(text)) throw invalid()
}

/** Consumes a token. Returns what the parser accepts after it. @throws Failure `malformed` */
function consume(token: string, expected: Expected, open: Open[]): Expected {
  const top = open.at(-1) as Open
  if ((token === ']' || token === '}') && isItsEnd(token, expected, top)) {
    open.pop()
    return afterValue(open)
  }
  switch (expected) {
    case 'key':
    case 'key or }':
      top.key = keyOf(token, top)
      return ':'
    case 'value':
    case 'value or ]':
      return readValue(token, open)
    default:
      return afterSeparator(token, expected, top)
  }
}

const afterValue = (open: readonly Open[]): Expected => (open.length > 1 ? ', or end' : 'nothing')

function readValue(token: string, open: Open[]): Expected {
  if (token === '{' || token === '[') return enter(token, open)
  put(literalOf(token), open.at(-1) as Open)
  return afterValue(open)
}

function afterSeparator(token: string, expected: Expected, { into }: Open): Expected {
  if (token === ':' && expected === ':') return 'value'
  if (token === ',' && expected === ', or end') return Array.isArray(into) ? 'value' : 'key'
  throw invalid()
}

const isItsEnd = (token: ']' | '}', expected: Expected, { into }: Open) =>
  expected === (token === ']' ? 'value or ]' : 'key or }') ||
  (expected === ', or end' && Array.isArray(into) === (token === ']'))

function enter(token: '{' | '[', open: Open[]): Expected {
  const into = token === '[' ? [] : {}
  put(into, open.at(-1) as Open)
  // The root counts as one.
  if (open.push({ into, key: '' }) > MAX_DEPTH + 1) throw rejection(`the body is nested more than ${MAX_DEPTH} deep`)
  return token === '[' ? 'value or ]' : 'key or }'
}

function put(value: unknown, { into, key }: Open): void {
  if (Array.isArray(into)) into.push(value)
  else into[key] = value
}

function keyOf(token: string, { into }: Open): string {
  const key = literalOf(token)
  if (typeof key !== 'string') throw invalid()
  if (key === '__proto__') throw rejection('the key __proto__ is not allowed')
  if (Object.hasOwn(into, key)) throw rejection(`the key "${quoted(key, 64)}" is given twice`)
  return key
}

/** The value of one token. @throws Failure `malformed` */
function literalOf(token: string): string | number | boolean | null {
  let value: string | number | boolean | null
  try {
    value = JSON.parse(token) as typeof value
  } catch {
    throw invalid()
  }
  if (typeof value === 'number' && !isExact(value, token)) throw rejection('a number is too large to be kept exactly')
  if (typeof value === 'string' && !value.isWellFormed()) throw rejection('a text holds half a surrogate pair')
  return value
}

/** Whether a number keeps its value: integers beyond 2^53 do not. */
const isExact = (value: number, written: string) =>
  Number.isFinite(value) && (Number.isSafeInteger(value) || !/^-?\d+$/.test(written))
