import { once } from 'node:events'
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from 'node:net'

/**
 * Number of sockets that listen on the port. Node accepts one connection of each in an event-loop turn: with a single
 * socket, a client that opens connections faster than that would fill the kernel's queue.
 */
const LISTENER_COUNT = 128
/** Connections of each socket that the kernel queues. If the queue is full, a client retries after a second. */
const BACKLOG = 64
/** The same for a single socket. */
const SINGLE_BACKLOG = 2048

/** Where to listen: on an address, or on an inherited socket that listens already. */
export type ListenTarget = { readonly port: number; readonly host: string } | { readonly fd: number }

export interface Listeners {
  readonly port: number
  /** The IP address. */
  readonly address: string
  /** Stops accepting, and resolves when all accepted connections are closed. */
  close(): Promise<void>
}

/**
 * Listens with several sockets that share the port; with one if the system is not Linux, or the socket is inherited.
 * @param accepted called with each connection, which is not read yet
 * @param report called if a connection cannot be accepted, for example with too many open files
 * @throws errors of the system, such as `EADDRINUSE`
 */
export async function listen(
  target: ListenTarget,
  accepted: (socket: Socket) => void,
  report: (error: Error) => void,
): Promise<Listeners> {
  const open = (options: ListenOptions) => listening(options, accepted)
  const servers =
    'fd' in target ? [await open({ ...target, backlog: SINGLE_BACKLOG })] : await listenShared(target, open)
  for (const server of servers) server.on('error', report)
  const bound = servers[0]?.address()
  if (!bound || typeof bound === 'string')
    throw Object.assign(new Error('The socket is not a TCP socket.'), { code: 'EPROTONOSUPPORT' })
  return {
    port: bound.port,
    address: bound.address,
    close: async () =>
      void (await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))),
  }
}

async function listenShared(
  { port, host }: { port: number; host: string },
  open: (options: ListenOptions) => Promise<Server>,
): Promise<Server[]> {
  // First without sharing: otherwise a second server of the same account could share the port with the first.
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
  // The options of an HTTP server, but paused.
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, accepted)
  server.listen(options)
  await once(server, 'listening')
  return server
}
