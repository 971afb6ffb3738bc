import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Pieces of fewer bytes are waited for: before each so much longer than before the last, and so long at most, in milliseconds. */
const SMALL = 4096
const [LONGER_MS, MAX_MS] = [10, 250]

/**
 * Reads a body, and no more than one byte beyond `most` of it, which is enough to see that it is too large.
 *
 * @param done with what was read; undefined where the client broke it off
 */
export function readBody(request: IncomingMessage, max: number, done: (body: Buffer | undefined) => void): void {
  const announced = Number(request.headers['content-length'])
  const chunks: Buffer[] = []
  let size = 0
  let pieces = 0
  const finish = (body: Buffer | undefined) => {
    request.off('data', take).off('end', whole).off('close', broken)
    done(body)
  }
  const take = (chunk: Buffer) => {
    size += chunk.length
    chunks.push(chunk)
    if (size <= max) {
      if (chunk.length < SMALL && size !== announced) readOnSoon(request.socket, (pieces += 1))
      return
    }
    finish(Buffer.concat(chunks))
    // What else comes is passed over.
    request.resume()
  }
  const whole = () => finish(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
  const broken = () => finish(undefined)
  request.on('data', take).on('end', whole).on('close', broken)
}

/** What comes in many small pieces is read as one now and then: else each byte would take a turn of its own. */
function readOnSoon(socket: Socket, chunks: number): void {
  if (chunks === 1) return
  socket.pause()
  setTimeout(() => socket.resume(), Math.min(MAX_MS, (chunks - 1) * LONGER_MS)).unref()
}
