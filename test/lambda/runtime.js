// @ts-check
// Emulates the Lambda runtime: loads the handlers once, then passes them one event after another. Events and answers
// are JSON, except for a streaming handler, whose bytes are parsed here as API Gateway parses them. Plain
// JavaScript, because it runs as a process of its own.
import { Writable } from 'node:stream'

const STREAMS = Symbol.for('aws.lambda.runtime.handler.streaming')
const WITH_PRELUDE = 'application/vnd.awslambda.http-integration-response'
/** The gateway searches this many bytes for the end of the prelude. */
const MAX_PRELUDE = 16_384

/** @param {object} handler */
const streamifyResponse = (handler) => Object.assign(handler, { [STREAMS]: 'response' })
Object.assign(globalThis, { awslambda: { streamifyResponse } })

const [, , bundle = ''] = process.argv
const handlers = await import(bundle)

class ResponseStream extends Writable {
  /** @type {Buffer[]} */
  parts = []
  type = 'application/octet-stream'

  /** @param {string} type */
  setContentType(type) {
    if (this.parts.length > 0) throw new Error('Cannot set content type, too late.')
    this.type = type
  }

  /** @override @param {Buffer} part @param {BufferEncoding} _ @param {() => void} done */
  _write(part, _, done) {
    this.parts.push(part)
    // As over a network, not at once.
    setImmediate(done)
  }
}

/** @param {ResponseStream} stream */
function asGatewayReads({ type, parts, writableFinished }) {
  if (!writableFinished) throw new Error('The stream was not ended.')
  const bytes = Buffer.concat(parts)
  const end = bytes.subarray(0, MAX_PRELUDE).indexOf(Buffer.alloc(8))
  if (type !== WITH_PRELUDE || end < 0) throw new Error('There is no prelude: the gateway answers 502.')
  const { statusCode, headers } = JSON.parse(bytes.subarray(0, end).toString())
  return { statusCode, headers, bytes: bytes.subarray(end + 8).toString('base64') }
}

/** @param {{ number: number, handler: string, event: unknown, remaining: number }} order */
async function invoke({ number, handler, event, remaining }) {
  const until = performance.now() + remaining
  const context = { awsRequestId: `invocation-${number}`, getRemainingTimeInMillis: () => until - performance.now() }
  const handle = handlers[handler]
  try {
    if (!handle[STREAMS]) return process.send?.({ number, answer: JSON.stringify(await handle(event, context)) })
    const stream = new ResponseStream()
    await handle(event, stream, context)
    return process.send?.({ number, answer: JSON.stringify(asGatewayReads(stream)) })
  } catch (error) {
    return process.send?.({ number, error: String(error) })
  }
}

process.on('message', (order) => void invoke(/** @type {Parameters<typeof invoke>[0]} */ (order)))
process.send?.('ready')
