/** The parts of JSON Schema that occur in `openapi.json`. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly pattern?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
}

/** What is sent may have undefined fields and lists that are read-only; what is received has neither. */
export type Direction = 'input' | 'output'

/** The TypeScript type of a schema. Lines after the first are indented by `indent`. */
export function typeOf(schema: Schema, direction: Direction, indent = ''): string {
  const { $ref, anyOf, oneOf, allOf, properties } = schema
  if ($ref) return nameOf($ref)
  if (schema.enum) return union(schema.enum.map(literal))
  if (schema.const !== undefined) return literal(schema.const)
  if (properties) return objectType(schema, direction, indent)
  const several = anyOf ?? oneOf
  if (several) return union(withoutDigits(several).map((one) => typeOf(one, direction, indent)))
  if (allOf) return allOf.map((one) => typeOf(one, direction, indent)).join(' & ')
  return typeByName(schema, direction, indent)
}

export const nameOf = (reference: string): string => reference.split('/').at(-1) ?? ''

const literal = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value))

const union = (types: readonly string[]): string => [...new Set(types)].join(' | ')

/** Numbers may be sent as digits, for queries; a program sends numbers. */
const withoutDigits = (schemas: readonly Schema[]): readonly Schema[] =>
  schemas.some(({ type }) => type === 'number' || type === 'integer')
    ? schemas.filter(({ pattern }) => !pattern?.includes('\\d'))
    : schemas

function typeByName(schema: Schema, direction: Direction, indent: string): string {
  const names = [schema.type ?? []].flat()
  if (names.length > 1) return union(names.map((type) => typeByName({ ...schema, type }, direction, indent)))
  switch (names[0]) {
    case 'array':
      return listType(typeOf(schema.items ?? {}, direction, indent), direction)
    case 'object':
      return objectType(schema, direction, indent)
    case 'integer':
      return 'number'
    case undefined:
      return direction === 'input' ? 'unknown' : 'Json'
    default:
      return names[0]
  }
}

const listType = (item: string, direction: Direction): string =>
  `${direction === 'input' ? 'readonly ' : ''}${/[ {]/.test(item) ? `(${item})` : item}[]`

function objectType(schema: Schema, direction: Direction, indent: string): string {
  const { properties = {}, required = [], additionalProperties } = schema
  const inner = `${indent}  `
  const fields = Object.entries(properties).map(([name, field]) => {
    const isRequired = required.includes(name)
    const more = direction === 'input' && !isRequired ? ' | undefined' : ''
    const key = /^[a-z_]\w*$/i.test(name) ? name : `'${name}'`
    return `${commentOf(field, inner)}${inner}${key}${isRequired ? '' : '?'}: ${typeOf(field, direction, inner)}${more}`
  })
  const rest = restOf(additionalProperties, properties, direction, inner)
  if (fields.length === 0) return rest === undefined ? 'Record<string, never>' : `Record<string, ${rest}>`
  if (rest !== undefined) fields.push(`${inner}[field: string]: ${rest}`)
  return `{\n${fields.join('\n')}\n${indent}}`
}

/** The type of other fields. Only events have fields of the caller's own: elsewhere an unknown field is a typing error. */
function restOf(
  rest: Schema['additionalProperties'],
  properties: Readonly<Record<string, Schema>>,
  direction: Direction,
  indent: string,
): string | undefined {
  if (rest === undefined || typeof rest === 'boolean') return undefined
  const names = Object.keys(properties)
  if (names.length > 0 && !names.includes('reservation_type')) return undefined
  return typeOf(rest, direction, indent)
}

const commentOf = ({ description, anyOf }: Schema, indent: string): string => {
  const text = description ?? anyOf?.find((one) => one.description !== undefined)?.description
  return text === undefined ? '' : commentOn(text, indent)
}

/** A documentation comment, with its line break. */
export function commentOn(text: string, indent = ''): string {
  const lines = text.split('\n').flatMap((line) => wrap(line, 112 - indent.length))
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`
}

/** Breaks a line at spaces, unless it is indented as code is. */
export function wrap(line: string, width: number): string[] {
  if (line.length <= width) return [line]
  const at = line.lastIndexOf(' ', width)
  return at <= 0 || line.startsWith(' ') ? [line] : [line.slice(0, at), ...wrap(line.slice(at + 1), width)]
}
