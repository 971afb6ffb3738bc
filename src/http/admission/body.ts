import type { IncomingMessage } from 'node:http'

/**
 * Reads a body, and no more than one byte beyond `most` of it, which is enough to see that it is too large.
 *
 * @param done with what was read; undefined where the client broke it off
 */
export function readBody(request: IncomingMessage, most: number, done: (body: Buffer | undefined) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  const finish = (body: Buffer | undefined) => {
    request.off('data', take).off('end', whole).off('close', broken)
    done(body)
  }
  const take = (chunk: Buffer) => {
    size += chunk.length
    chunks.push(chunk)
    if (size <= most) return
    finish(Buffer.concat(chunks))
    // What else comes is passed over.
    request.resume()
  }
  const whole = () => finish(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
  const broken = () => finish(undefined)
  request.on('data', take).on('end', whole).on('close', broken)
}
