import { once } from 'node:events'
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventEmitter } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import type { Admitted } from '../../src/http/admission/admission.ts'
import { handlerOf } from '../../src/http/adapters/node.ts'
import { openNodeServer } from '../../src/http/adapters/node-server.ts'
import type { HttpResponse } from '../../src/http/exchange.ts'
import { openControl, UNLIMITED } from '../admission.ts'

describe('a server that stops', () => {
  it('answers one more request on each kept connection, and then closes it', async () => {
    const server = await openNodeServer({ port: 0, host: '127.0.0.1' }, openControl(), () => undefined)
    server.serve(Promise.resolve((_, response) => response.end()))
    const agents = Array.from({ length: 3 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
    const ask = async (agent: Agent) => {
      const outgoing = request({ port: server.port, host: server.host, agent }).end()
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
      await once(answer.resume(), 'end')
      return [answer.headers.connection, outgoing.reusedSocket]
    }
    for (const agent of agents) expect(await ask(agent)).toEqual(['keep-alive', false])
    const stopped = server.stop(60_000)
    // Long enough for a server that does not wait to close them.
    await sleep(200)
    for (const agent of agents) expect(await ask(agent)).toEqual(['close', true])
    await stopped
  })
})

/** A response whose client reads on when the test emits `drain`. */
class SlowResponse extends EventEmitter {
  destroyed = false
  chunks: number[] = []
  hasEnded = false
  head: unknown[] = []
  writeHead(...head: unknown[]) {
    this.head = head
    return this
  }
  write(chunk: Uint8Array) {
    this.chunks.push(chunk.length)
    return false
  }
  end(chunk?: Uint8Array) {
    if (chunk) this.chunks.push(chunk.length)
    this.hasEnded = true
  }
}

async function answerWith(answer: HttpResponse, response = new SlowResponse()) {
  const incoming = { method: 'GET', url: '/', headers: { host: 'x' }, complete: true } as IncomingMessage
  const admitted: Admitted = { target: { path: '/', query: '' }, body: Buffer.alloc(0), admission: UNLIMITED }
  await handlerOf(
    async () => answer,
    () => 'id-1',
  )(incoming, response as unknown as ServerResponse, admitted)
  return response
}

describe('a response', () => {
  it('that is short is sent at once, with its length and the id of its request', async () => {
    const { head, chunks, hasEnded } = await answerWith({
      status: 200,
      headers: { A: 'b' },
      body: Buffer.alloc(262_144),
    })
    expect(head).toEqual([200, { A: 'b', 'X-Request-Id': 'id-1', 'Content-Length': 262_144 }])
    expect([chunks, hasEnded]).toEqual([[262_144], true])
  })

  it('that is long is sent in chunks, as its client reads', async () => {
    const response = await answerWith({ status: 200, headers: {}, body: Buffer.alloc(262_145) })
    for (let n = 1; n <= 5; n += 1) {
      expect([response.chunks.length, response.hasEnded]).toEqual([n, false])
      response.emit('drain')
    }
    expect([response.chunks, response.hasEnded]).toEqual([[65_536, 65_536, 65_536, 65_536, 1], true])
  })

  it('that is a stream is read no faster than its client reads, and cancelled when it disconnects', async () => {
    const pull = vi.fn((controller: ReadableStreamDefaultController<Uint8Array>) =>
      controller.enqueue(new Uint8Array(1)),
    )
    const cancel = vi.fn()
    const body = new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 })
    const response = await answerWith({ status: 200, headers: {}, body })
    await vi.waitFor(() => expect(response.chunks).toHaveLength(1))
    expect(pull).toHaveBeenCalledOnce()
    response.emit('drain')
    await vi.waitFor(() => expect(response.chunks).toHaveLength(2))
    response.emit('close')
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('that is a stream is not read if its client has already disconnected', async () => {
    const [pull, cancel] = [vi.fn(), vi.fn()]
    const body = new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 })
    await answerWith({ status: 200, headers: {}, body }, Object.assign(new SlowResponse(), { destroyed: true }))
    expect([pull.mock.calls.length, cancel.mock.calls.length]).toEqual([0, 1])
  })
})

it('a request whose body is too large and does not arrive is answered, and its connection closes', async () => {
  const server = await openNodeServer({ port: 0, host: '127.0.0.1' }, openControl(), () => undefined)
  const bodies: (Uint8Array | undefined)[] = []
  const answer = async ({ body }: { body: Uint8Array | undefined }) => {
    bodies.push(body)
    return { status: 413, headers: {}, body: '"too large"' }
  }
  server.serve(Promise.resolve(handlerOf(answer, () => 'id')))
  const socket = connect(server.port, server.host)
  let text = ''
  socket.on('data', (data: Buffer) => (text += String(data)))
  socket.write('POST /dev/newevent HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n{')
  await once(socket, 'close')
  expect(text).toMatch(/^HTTP\/1\.1 413 [^]*Connection: keep-alive[^]*"too large"$/)
  expect(bodies).toEqual([undefined])
  await server.stop()
})
