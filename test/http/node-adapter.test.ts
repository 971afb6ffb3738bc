import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openNodeServer } from '../../src/http/adapters/node.ts'
import { openControl } from '../admission.ts'

describe('a server that stops', () => {
  it('answers once more on each connection that is kept, says that it was the last, and waits no longer', async () => {
    const server = await openNodeServer({ port: 0, host: '127.0.0.1' }, openControl(), () => undefined)
    server.serve(Promise.resolve((_, response) => response.end()))
    const agents = Array.from({ length: 3 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
    const ask = async (agent: Agent) => {
      const asked = request({ port: server.port, host: server.host, agent }).end()
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      await once(answer.resume(), 'end')
      return [answer.headers.connection, asked.reusedSocket]
    }
    for (const agent of agents) expect(await ask(agent)).toEqual(['keep-alive', false])
    const stopped = server.stop(60_000)
    // In which one that did not wait would have closed them.
    await sleep(200)
    for (const agent of agents) expect(await ask(agent)).toEqual(['close', true])
    await stopped
  })
})
