import { once } from 'node:events'
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from 'node:net'

/**
 * How many sockets listen on the one port. Node accepts one connection of each in a turn of its event loop: with one
 * socket alone, whoever opens connections faster than the loop turns keeps all others waiting in the kernel's queue.
 */
const LISTENER_COUNT = 32
/** Connections that the kernel keeps until they are accepted, for each of them. Where it has no room, a client tries again after a second. */
const BACKLOG = 64
/** The same for a socket that is alone. */
const SINGLE_BACKLOG = 2048

/** Where to listen: on an address, or on a socket that does so already. */
export type ListenTarget = { readonly port: number; readonly host: string } | { readonly fd: number }

export interface Listeners {
  readonly port: number
  /** The address, in digits. */
  readonly address: string
  /** Accepts no more, and resolves when all connections that were accepted are closed. */
  close(): Promise<void>
}

/**
 * Listens with as many sockets as the system lets share a port: elsewhere than on Linux, and on a socket that was handed
 * over, with one.
 * @param accepted a connection, not read yet
 * @param report told of a connection that could not be accepted, as where too many files are open
 * @throws what the system says, as `EADDRINUSE`
 */
export async function listen(target: ListenTarget, accepted: (socket: Socket) => void, report: (error: Error) => void): Promise<Listeners> {
  const open = (options: ListenOptions) => listening(options, accepted)
  const servers = 'fd' in target ? [await open({ ...target, backlog: SINGLE_BACKLOG })] : await listenShared(target, open)
  for (const server of servers) server.on('error', report)
  const bound = servers[0]?.address()
  if (!bound || typeof bound === 'string') throw Object.assign(new Error('This is no socket of TCP.'), { code: 'EPROTONOSUPPORT' })
  return {
    port: bound.port,
    address: bound.address,
    close: async () => void (await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))),
  }
}

async function listenShared({ port, host }: { port: number; host: string }, open: (options: ListenOptions) => Promise<Server>): Promise<Server[]> {
  // First without sharing: otherwise a second server of the same account could take the port beside the first.
  const alone = await open({ port, host, backlog: SINGLE_BACKLOG })
  if (process.platform !== 'linux') return [alone]
  const { port: bound } = alone.address() as AddressInfo
  alone.close()
  const shared = { port: bound, host, reusePort: true, backlog: BACKLOG }
  const first = await open(shared)
  const others = await Promise.allSettled(Array.from({ length: LISTENER_COUNT - 1 }, () => open(shared)))
  const servers = [first, ...others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : []))]
  if (servers.length > 1) return servers
  // Node before 22.12 knows of no sharing, and the others find the port in use.
  first.close()
  return [await open({ port: bound, host, backlog: SINGLE_BACKLOG })]
}

async function listening(options: ListenOptions, accepted: (socket: Socket) => void): Promise<Server> {
  // As a server of HTTP would have them, but not read yet.
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, accepted)
  server.listen(options)
  await once(server, 'listening')
  return server
}
