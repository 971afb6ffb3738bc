import * as z from 'zod'

const NAME = /^[A-Za-z0-9_-]{1,32}$/

/**
 * Schema of `name=value,…`, each name once. Messages name an entry by its number, since the text may hold a secret.
 * @param parse the value of an entry; a text starting with `must` is what is wrong with it
 */
export const namedValues = <T>(parse: (value: string) => { readonly value: T } | { readonly problem: string }) =>
  z.string().transform((text, context) => {
    const values: Map<string, T> = new Map()
    const entries = text.split(',').map((one) => one.trim())
    for (const [index, entry] of entries.filter((one) => one !== '').entries()) {
      const at = entry.indexOf('=')
      const name = entry.slice(0, Math.max(0, at)).trim()
      const parsed = parse(entry.slice(at + 1).trim())
      if (!NAME.test(name) || values.has(name))
        context.addIssue(`must be name=value,name=value with each name once, and number ${index + 1} is not`)
      else if ('problem' in parsed) context.addIssue(`${parsed.problem}: number ${index + 1} is not`)
      else values.set(name, parsed.value)
    }
    return values
  })
