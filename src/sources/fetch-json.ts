import { type Claims, isObject } from './claims.ts'
import { readTextUpTo } from './body-text.ts'

const MAX_RESPONSE_BYTES = 256 * 1024

/** The service is down or does not answer: other requests would fail too. */
export class RequestFailed extends Error {}

/**
 * Fetches a JSON object; undefined for a 404.
 * @param token sent as the bearer token
 * @throws RequestFailed; Error for any other response. The message quotes nothing of the response
 */
export async function fetchJson(address: string, timeoutMs: number, token?: string): Promise<Claims | undefined> {
  const response = await fetch(address, {
    headers: { Accept: 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause: unknown) => {
    throw new RequestFailed(`${address} does not answer`, { cause })
  })
  if (response.ok) return parsed(await textOf(response, address), address)
  await response.body?.cancel()
  if (response.status === 404) return undefined
  // A 429 concerns this token only: issuers limit requests by token, and its bearer may have used up the limit on purpose.
  throw new (response.status >= 500 ? RequestFailed : Error)(`${address} answered ${response.status}`)
}

async function textOf(response: Response, address: string): Promise<string> {
  const text = await readTextUpTo(MAX_RESPONSE_BYTES, response).catch((cause: unknown) => {
    throw new RequestFailed(`${address} closed the connection within its response`, { cause })
  })
  if (text === undefined) throw new Error(`${address} answered with more than ${MAX_RESPONSE_BYTES} bytes`)
  return text
}

function parsed(text: string, address: string): Claims {
  try {
    const found: unknown = JSON.parse(text)
    if (isObject(found)) return found
  } catch {
    // The parser's error quotes the text, which may contain personal data.
  }
  throw new Error(`${address} did not answer with a JSON object`)
}
