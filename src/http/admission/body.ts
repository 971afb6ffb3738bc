import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

const NO_BODY = Buffer.alloc(0)
/** Smaller chunks, in bytes, are read with a pause before the next one. */
const SMALL_CHUNK = 4096
/** Each pause is this much longer than the one before, up to the maximum. */
const [PAUSE_STEP_MS, MAX_PAUSE_MS] = [10, 250]

/**
 * Reads the body of a request. Of a body larger than `max` bytes it reads only as far as to exceed them.
 *
 * @param done called with what was read; with undefined if the client closed the request
 */
export function readBody(request: IncomingMessage, max: number, done: (body: Buffer | undefined) => void): void {
  if (request.readableEnded) return done(NO_BODY)
  const announced = Number(request.headers['content-length'])
  const chunks: Buffer[] = []
  let size = 0
  let smallChunks = 0
  let isDone = false
  const finish = (body: Buffer | undefined) => {
    if (isDone) return
    isDone = true
    done(body)
  }
  const take = (chunk: Buffer) => {
    // The rest is discarded.
    if (isDone) return
    size += chunk.length
    chunks.push(chunk)
    if (size <= max) {
      if (chunk.length < SMALL_CHUNK && size !== announced) pauseFor(request.socket, (smallChunks += 1) - 1)
      return
    }
    finish(Buffer.concat(chunks))
  }
  request
    .on('data', take)
    .on('end', () => finish(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
    .on('close', () => finish(undefined))
}

/** Lets small chunks accumulate before the next read: otherwise each byte takes an event-loop turn. */
function pauseFor(socket: Socket, steps: number): void {
  if (steps === 0) return
  socket.pause()
  setTimeout(() => socket.resume(), Math.min(MAX_PAUSE_MS, steps * PAUSE_STEP_MS)).unref()
}
