import { type Claims, isObject } from './claims.ts'
import { readTextUpTo } from './body-text.ts'

const MAX_RESPONSE_BYTES = 256 * 1024

/** The one who was asked is down or silent, and not only for this question. */
export class RequestFailed extends Error {}

/**
 * A JSON object from an address; undefined for a 404.
 * @param timeoutMs in milliseconds
 * @throws Unanswered; Error where the answer is something else, with nothing of it in the message
 */
export async function fetchText(address: string, timeoutMs: number, token?: string): Promise<Claims | undefined> {
  const answer = await fetch(address, {
    headers: { Accept: 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause: unknown) => {
    throw new RequestFailed(`${address} does not answer`, { cause })
  })
  if (answer.ok) return parsed(await textOf(answer, address), address)
  await answer.body?.cancel()
  if (answer.status === 404) return undefined
  // A 429 is about whoever asks: issuers count by the token, and its bearer may have used it up on purpose.
  throw new (answer.status >= 500 ? RequestFailed : Error)(`${address} answered ${answer.status}`)
}

async function textOf(answer: Response, address: string): Promise<string> {
  const text = await readTextUpTo(MAX_RESPONSE_BYTES, answer).catch((cause: unknown) => {
    throw new RequestFailed(`${address} stopped in the middle of its answer`, { cause })
  })
  if (text === undefined) throw new Error(`${address} answered with more than ${MAX_RESPONSE_BYTES} bytes`)
  return text
}

function parsed(text: string, address: string): Claims {
  try {
    const found: unknown = JSON.parse(text)
    if (isObject(found)) return found
  } catch {
    // The parser's own error quotes the text, which may be about a person.
  }
  throw new Error(`${address} answered with something else than a JSON object`)
}
