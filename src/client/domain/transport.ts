import type { Responses } from '../../wire/responses.ts'
import type { CalendarOptions, CallOptions } from '../options.ts'
import { revisionOf } from '../revision.ts'
import { openTransport } from '../transport.ts'

/** Types the responses by the endpoint. */
export interface TypedTransport {
  /** @throws ApiError, NetworkError */
  readonly read: <E extends keyof Responses>(endpoint: E, query?: object) => Promise<Responses[E]>
  /** Returns the revision as well, if the response names one. @throws ApiError, NetworkError */
  readonly write: <E extends keyof Responses>(
    endpoint: E,
    body: object,
    options?: CallOptions,
  ) => Promise<{ readonly value: Responses[E]; readonly revision: number | undefined }>
}

/** Without retries: people see what failed, and the page refreshes what it shows anyway. */
export function openTypedTransport(options: CalendarOptions): TypedTransport {
  const ask = openTransport({ ...options, retries: 0 })
  return {
    read: async <E extends keyof Responses>(path: E, input: object = {}) =>
      (await ask({ path, method: 'either', input })) as Responses[E],
    write: async <E extends keyof Responses>(path: E, input: object, call?: CallOptions) => {
      const value = (await ask({ path, method: 'POST', input }, call)) as Responses[E]
      return { value, revision: revisionOf(Object(value) as object) }
    },
  }
}
