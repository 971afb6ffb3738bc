import { ApiError, NetworkError } from '../client/problem.ts'
import { CliError, type CliErrorCode } from './cli-error.ts'

/** The codes for the statuses of a calendar; `refused` for all others. */
const CODES: Readonly<Record<number, CliErrorCode>> = { 400: 'usage', 429: 'busy', 503: 'busy' }

/** What a calendar answers. @param address of the calendar, for the sentence of an error. @throws CliError */
export async function askCalendar<T>(address: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof NetworkError)
      throw new CliError('no_answer', `No calendar answers at ${address}; --at names another address.`, {
        cause: error,
      })
    if (!(error instanceof ApiError)) throw error
    throw new CliError(CODES[error.status] ?? 'refused', sentenceOf(error), { cause: error })
  }
}

/** `Minutes must be …` for `Error: minutes must be …`. */
const sentenceOf = ({ message }: ApiError): string => {
  const [first = '', ...rest] = message.replace(/^Error: /, '')
  return `${first.toUpperCase()}${rest.join('')}`.replace(/\.?$/, '.')
}
