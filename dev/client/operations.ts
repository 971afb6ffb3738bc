import type { Schema } from './types.ts'

interface Media {
  readonly schema: Schema
  readonly example?: unknown
}

interface Content {
  readonly content?: Readonly<Record<string, Media>>
}

interface OpenApiOperation {
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly {
    readonly in: string
    readonly name: string
    readonly required?: boolean
    readonly schema: Schema
    readonly example?: unknown
  }[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}

/** The parts of `openapi.json` that make the client. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Methods>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** One function of the client. */
export interface Operation {
  /** As `newEvent`. */
  readonly name: string
  /** As `newevent`. */
  readonly path: string
  readonly method: 'GET' | 'POST' | 'either'
  readonly summary: string
  readonly description: string
  /** Undefined if the endpoint asks nothing. */
  readonly input: Schema | undefined
  readonly output: Schema
  readonly sample: { readonly input: unknown; readonly answer: unknown }
  /** The statuses of its errors. */
  readonly errors: readonly string[]
}

/** The wire's names of one word, and `changes`, since the client has an iterator of that name. */
const NAMES: Readonly<Record<string, string>> = {
  newevent: 'newEvent',
  modifyevent: 'modifyEvent',
  delete: 'deleteEvent',
  siteevents: 'siteEvents',
  newseries: 'newSeries',
  modifyseries: 'modifySeries',
  deleteseries: 'deleteSeries',
  changes: 'changesPage',
}

const camelCase = (path: string): string => path.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

interface Methods {
  readonly get?: OpenApiOperation
  readonly post?: OpenApiOperation
}

/** The operations that answer JSON, in the order of the document. A stream is not one of them. */
export const operationsOf = ({ paths }: OpenApi): Operation[] =>
  Object.entries(paths).flatMap(([address, methods]) => operationOf(address.slice(1), methods) ?? [])

function operationOf(path: string, { get, post }: Methods): Operation | undefined {
  const operation = post ?? get
  const answer = operation && jsonOf(operation.responses['200'])
  if (!answer) return undefined
  const input = jsonOf(post?.requestBody) ?? queryOf(get)
  return {
    name: NAMES[path] ?? camelCase(path),
    path,
    method: methodOf(get, post),
    summary: operation.summary,
    description: operation.description ?? '',
    input: Object.keys(input.schema.properties ?? {}).length > 0 ? input.schema : undefined,
    output: answer.schema,
    sample: { input: input.example, answer: answer.example },
    errors: Object.keys(operation.responses).filter((status) => Number(status) >= 400),
  }
}

const jsonOf = (content: Content | undefined): Media | undefined => content?.content?.['application/json']

const methodOf = (get: OpenApiOperation | undefined, post: OpenApiOperation | undefined): Operation['method'] => {
  if (!post) return 'GET'
  return get ? 'either' : 'POST'
}

/** The parameters of a query as an object. */
function queryOf(operation: OpenApiOperation | undefined): Media {
  const parameters = (operation?.parameters ?? []).filter((one) => one.in === 'query')
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
      required: parameters.filter(({ required }) => required).map(({ name }) => name),
    },
    example: Object.fromEntries(
      parameters.filter(({ example }) => example !== undefined).map(({ name, example }) => [name, example]),
    ),
  }
}

/** A value as JavaScript writes it, on one line if it fits. */
export function literalOf(value: unknown, indent = ''): string {
  const line = oneLine(value)
  if (line.length + indent.length <= 90 || typeof value !== 'object' || value === null) return line
  const inner = `${indent}  `
  const parts = Array.isArray(value)
    ? value.map((item) => literalOf(item, inner))
    : Object.entries(value).map(([key, item]) => `${keyOf(key)}: ${literalOf(item, inner)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join('')}${indent}${close}`
}

function oneLine(value: unknown): string {
  if (typeof value === 'string')
    return value.includes("'") ? JSON.stringify(value) : `'${value.replaceAll('\\', '\\\\')}'`
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(([key, item]) => `${keyOf(key)}: ${oneLine(item)}`)
  return fields.length > 0 ? `{ ${fields.join(', ')} }` : '{}'
}

const keyOf = (key: string): string => (/^[a-z_]\w*$/i.test(key) ? key : `'${key}'`)

/** A call of the function, with the example of its endpoint. */
export const callOf = ({ name, input, sample }: Operation): string =>
  `await calendar.${name}(${input ? literalOf(sample.input) : ''})`
