import { domainCalendarAt } from '../../src/client/domain/calendar.ts'
import { httpStub } from '../http-stub.ts'
import { serveHere } from '../server.ts'

/**
 * A calendar behind a proxy that forwards all requests, and drops the first `losses` responses to those whose path matches.
 * With `late`, it does not even forward them.
 */
export async function behindLossyProxy(
  losses: number,
  as: 'ada' | 'grace' = 'ada',
  { paths = /./, late = false }: { paths?: RegExp; late?: boolean } = {},
) {
  const server = await serveHere()
  let dropped = 0
  const address = await httpStub((request, reply) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const isLost = paths.test(request.url ?? '') && (dropped += 1) <= losses
      if (isLost && late) return reply.destroy()
      const { authorization = '', accept = '', 'if-match': ifMatch } = request.headers
      const body = request.method === 'POST' ? { body: Buffer.concat(chunks) } : {}
      return void fetch(`${server.address}${request.url}`, {
        method: request.method ?? 'GET',
        headers: { authorization, accept, ...(ifMatch !== undefined && { 'If-Match': ifMatch }) },
        ...body,
      }).then(async (response) => {
        const text = await response.text()
        if (isLost) reply.destroy()
        else reply.writeHead(response.status, { ETag: response.headers.get('ETag') ?? '' }).end(text)
      })
    })
  })
  const base = new URL(`${server.base}/`, address)
  return { server, calendar: domainCalendarAt({ base, token: () => server.tokens[as] }) }
}
