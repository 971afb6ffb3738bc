import { CliError } from '../cli/cli-error.ts'

/** The number that an option has. @throws CliError `usage` */
export function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^-?\d{1,9}(\.\d{1,9})?$/.test(text)) throw new CliError('usage', `${flag} takes a number, and ${text} is none.`)
  return Number(text)
}
