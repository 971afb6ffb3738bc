import { callOf, type OpenApi, type Operation, operationsOf } from './operations.ts'
import { commentOn, type Direction, type Schema, typeOf } from './types.ts'

const HEAD = `// Generated from openapi.json by \`npm run openapi\`. Do not edit it.
import type { CallOptions } from './options.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
`

/** The source of `src/client/endpoints.ts`: the types of all requests and responses, and the functions of a calendar. */
export function clientSource(document: OpenApi): string {
  const operations = operationsOf(document)
  return [
    HEAD,
    ...Object.entries(document.components.schemas)
      .filter(([name]) => name !== 'Error')
      .map(([name, schema]) => declaration(name, schema, 'output')),
    ...operations.flatMap(typesOf),
    functionsOf(operations),
    tableOf(operations),
  ].join('\n')
}

const capitalized = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`

const typesOf = ({ name, path, input, output }: Operation): string[] => [
  ...(input ? [declaration(`${capitalized(name)}Input`, described(input, `What \`${path}\` is asked.`), 'input')] : []),
  declaration(`${capitalized(name)}Output`, described(output, `What \`${path}\` answers.`), 'output'),
]

const described = (schema: Schema, description: string): Schema =>
  schema.$ref ? { description, allOf: [schema] } : { ...schema, description }

function declaration(name: string, schema: Schema, direction: Direction): string {
  const type = typeOf(schema, direction)
  const comment = schema.description === undefined ? '' : commentOn(schema.description)
  return type.startsWith('{') && type.indexOf('\n}') === type.length - 2
    ? `${comment}export interface ${name} ${type}\n`
    : `${comment}export type ${name} = ${type}\n`
}

/** Each function with its comment, which has an example. */
const functionsOf = (operations: readonly Operation[]): string =>
  `/** The endpoints, a function each. Every function throws \`ApiError\` or \`NetworkError\`. */
export interface Endpoints {
${operations.map(functionOf).join('\n')}}
`

function functionOf(operation: Operation): string {
  const { name, input, summary, description, errors } = operation
  const type = capitalized(name)
  const isOptional = (input?.required ?? []).length === 0 && !hasAlternatives(input)
  const parameter = input ? `input${isOptional ? '?' : ''}: ${type}Input, ` : ''
  const text = [
    `${summary}.${description && ` ${description}`}`,
    `@throws ApiError ${errors.join(', ')}`,
    '@throws NetworkError',
    '@example',
    '```ts',
    ...`const answer = ${callOf(operation)}`.split('\n'),
    '```',
  ]
  return `${commentOn(text.join('\n'), '  ')}  ${name}(${parameter}options?: CallOptions): Promise<${type}Output>\n`
}

/** Whether one of several sets of fields is required. */
const hasAlternatives = (input: Schema | undefined): boolean => input?.anyOf !== undefined

const tableOf = (operations: readonly Operation[]): string =>
  `/** How each function asks. \`hasInput\` is false if the endpoint asks nothing. */
export const ENDPOINTS = {
${operations
  .map(
    ({ name, path, method, input }) =>
      `  ${name}: { path: '${path}', method: '${method}', hasInput: ${input !== undefined} },\n`,
  )
  .join('')}} as const satisfies Readonly<Record<keyof Endpoints, object>>
`
