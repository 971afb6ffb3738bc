import type { Admission } from './admission/admission.ts'

/** A request, whatever server it came to. */
export interface HttpRequest {
  readonly method: string
  /** Decoded, with dot segments resolved. */
  readonly path: string
  /** The part after the `?`. */
  readonly query: string
  /** A header by its name in lower case; several of one name are joined by commas. */
  readonly header: (name: string) => string | undefined
  /** Empty for a `GET`; undefined if it is larger than its path accepts, and was not read. */
  readonly body: Uint8Array | undefined
  /** The value of the body as JSON, if that is known already. */
  readonly json?: unknown
  /** The id of the request in its response and in the log. */
  readonly id: string
  readonly admission: Admission
  /** Whether a program on this machine sent it, and not through a proxy. */
  readonly isFromThisMachine: () => boolean
}

/** A response. Whoever sends it adds `Content-Length` and `X-Request-Id`. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A stream is sent as it grows, and cancelled when the client disconnects. */
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array> | undefined
}

/** One method of one path. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** A last segment like `:site` stands for any. */
  readonly path: string
  /** @param segment the last segment of the path */
  readonly handle: (request: HttpRequest, segment: string) => HttpResponse | Promise<HttpResponse>
  /** Which last segments lead somewhere: other methods are a 405 there, and a 404 elsewhere. By default none. */
  readonly isThere?: ((segment: string) => boolean) | undefined
}

export const getRoute = (path: string, handle: Route['handle'], isThere?: Route['isThere']): Route => ({
  method: 'GET',
  path,
  handle,
  isThere,
})
