import { Failure } from '../domain/failure.ts'

/** The parameters of a query as the fields of a body: a repeated one is a list, a flag is a boolean. @throws Failure `malformed` */
export function fieldsOfQuery(query: string): Record<string, unknown> {
  const values = new Map<string, string[]>()
  for (const [key, value] of new URLSearchParams(query)) {
    const known = values.get(key)
    if (known) known.push(value)
    else values.set(key, [value])
  }
  if (values.has('__proto__')) throw new Failure('malformed', 'Error: the key __proto__ is not allowed')
  return Object.fromEntries(
    [...values].map(([key, several]) => [key, several.length === 1 ? fieldOf(key, several[0]) : several]),
  )
}

/** Parameters that are booleans. Elsewhere `true` is text: it can be the code of a site, or an id. */
const FLAGS = ['full_project_details']

const fieldOf = (key: string, value: string | undefined) => (FLAGS.includes(key) ? value === 'true' : value)
