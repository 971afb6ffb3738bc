import { reservationOf } from '../wire/event.ts'
import type { Responses, WireProblem } from '../wire/responses.ts'
import { instantOf } from '../wire/time.ts'
import { ApiError, NetworkError } from './problem.ts'

export interface TransportOptions {
  /** The address of the endpoints, as `http://127.0.0.1:8000/dev/`, with a slash at the end. */
  readonly base: URL
  /** Returns the caller's token, if there is one now. */
  readonly token?: () => string | undefined
  /** How long to wait for a response, in milliseconds. */
  readonly timeoutMs?: number
}

type Query = Readonly<Record<string, string | readonly string[]>>

/** Sends requests, and types the responses by the endpoint. */
export interface Transport {
  /** By `GET`, so that browsers revalidate with an ETag. @throws ApiError, NetworkError */
  readonly read: <E extends keyof Responses>(endpoint: E, query?: Query) => Promise<Responses[E]>
  /** By `POST`. Returns the revision in the ETag as well; NaN without one. @throws ApiError, NetworkError */
  readonly write: <E extends keyof Responses>(
    endpoint: E,
    body: object,
  ) => Promise<{ readonly value: Responses[E]; readonly revision: number }>
}

export function openTransport({ base, token, timeoutMs = 20_000 }: TransportOptions): Transport {
  const send = async (endpoint: string, request: RequestInit): Promise<Response> => {
    const bearer = token?.()
    const headers = {
      Accept: 'application/problem+json, application/json',
      ...(bearer && { Authorization: `Bearer ${bearer}` }),
    }
    try {
      return await fetch(new URL(endpoint, base), { ...request, headers, signal: AbortSignal.timeout(timeoutMs) })
    } catch (cause) {
      throw new NetworkError({ cause })
    }
  }
  return {
    read: async <E extends keyof Responses>(endpoint: E, query: Query = {}) => {
      const pairs = Object.entries(query).flatMap(([name, values]) =>
        [values].flat().map((value): [string, string] => [name, value]),
      )
      const parameters = new URLSearchParams(pairs).toString()
      return (await valueOf(await send(parameters ? `${endpoint}?${parameters}` : endpoint, {}))) as Responses[E]
    },
    write: async <E extends keyof Responses>(endpoint: E, body: object) => {
      const response = await send(endpoint, { method: 'POST', body: JSON.stringify(body) })
      const value = (await valueOf(response)) as Responses[E]
      return { value, revision: Number(/^(?:W\/)?"(\d+)/.exec(response.headers.get('ETag') ?? '')?.[1]) }
    },
  }
}

async function valueOf(response: Response): Promise<unknown> {
  const value = await jsonOf(response)
  if (!response.ok) throw errorOf(response.status, value)
  return value
}

/** @throws NetworkError if something else than the calendar has answered */
async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch (cause) {
    throw new NetworkError({ cause })
  }
}

function errorOf(status: number, value: unknown): ApiError | NetworkError {
  if (typeof value === 'string') return new ApiError(status, 'unknown', value)
  const { code = 'unknown', detail, errors, conflicts, free, nights } = (value ?? {}) as Partial<WireProblem>
  if (typeof detail !== 'string') return new NetworkError()
  const times = Object.values(free ?? {}).flatMap((time) =>
    time ? [{ start: instantOf(time.start), end: instantOf(time.end) }] : [],
  )
  return new ApiError(status, code, detail, {
    ...(errors && { errors }),
    ...(conflicts && { conflicts: conflicts.map(reservationOf) }),
    ...(free && { free: times }),
    ...(nights && { nights }),
  })
}
