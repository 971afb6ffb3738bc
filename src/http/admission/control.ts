import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Failure } from '../../domain/failure.ts'
import { arrivals } from '../../arrivals.ts'
import { timeSlices } from '../../event-loop.ts'
import { type AcceptQueue, openAcceptQueue } from './accept-queue.ts'
import { forwardedFor, peerOf } from './address.ts'
import type { Handler } from './admission.ts'
import { admittedOf } from './admitted.ts'
import { hasTwoHosts } from './classify.ts'
import type { Connection, ConnectionRequest, RequestPhase } from './connection.ts'
import { type Connections, openConnections } from './connections.ts'
import {
  type AdmissionContext,
  type AdmissionControlOptions,
  BUSY,
  guarded,
  openContext,
  rejectRequest,
} from './context.ts'
import { dispatch } from './dispatch.ts'
import { reject } from './reject.ts'
import { openTokenBuckets, type TokenBuckets } from './token-buckets.ts'
import { phaseOf, trackRequest, type TrackedRequest } from './tracked-request.ts'

/** Admits connections and requests: polls at once, everything else in turn, or not at all. */
export interface AdmissionControl {
  /** Takes an accepted connection that is not read yet. `begin` starts reading it, in its turn. */
  accepted(socket: Socket, begin: (socket: Socket) => void): void
  /**
   * Called when a connection sends something that is not HTTP.
   * @returns whether the caller may answer on it; otherwise it closes once its pending requests are answered
   */
  unreadable(socket: Socket): boolean
  /** Hands a request to its handler, now or later, or rejects it. */
  admit(request: IncomingMessage, response: ServerResponse, handle: Handler): void
  /** Closes each connection with its next answer, from now on. */
  endConnections(): void
  /** What is in use of each limit. */
  levels(): { readonly connections: number; readonly waiting: number; readonly unread: number }
  stop(): void
}

/** Statuses of requests that should not have been sent. */
const MISUSE_STATUSES = new Set([400, 401, 405, 413, 417])
/** Misuse tokens for pipelining too many requests: as much as for this many malformed ones. */
const PIPELINING_COSTS = 100
/** An address that keeps pipelining cannot connect for a while. */
const PIPELINING = { perSecond: 0.5, burst: 10 }

const TWO_HOSTS = new Failure('malformed', 'Error: the request names more than one Host')
const EXPECTATION = new Failure('expectation', 'Error: the only expectation that is met is 100-continue')
const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i
const isMet = (expectation: string | undefined) => expectation === undefined || CONTINUE.test(expectation)

interface State {
  readonly hops: number
  readonly context: AdmissionContext
  readonly connections: Connections
  readonly acceptQueue: AcceptQueue
  readonly pipelining: TokenBuckets
  isEnding: boolean
}

export function openAdmissionControl(options: AdmissionControlOptions): AdmissionControl {
  const state = openState(options)
  const { context, connections } = state
  return {
    accepted: (socket, begin) => accept(state, socket, begin),
    unreadable(socket) {
      context.misuse.charge(peerOf(socket), 1)
      return connections.end(socket)
    },
    admit: (request, response, handle) =>
      guarded(context, request, response, () => admit(state, request, response, handle)),
    endConnections() {
      state.isEnding = true
      connections.endAfterAnswers()
    },
    levels: () => ({
      connections: connections.count(),
      waiting: context.queue.length(),
      unread: context.unsent.total(),
    }),
    stop() {
      connections.stop()
      context.queue.stop()
    },
  }
}

function openState(options: AdmissionControlOptions): State {
  const { hops, limits, events } = options
  const pipelining = openTokenBuckets(PIPELINING)
  const max = limits.connections
  const maxPerAddress = hops === 0 ? limits.connectionsPerAddress : Infinity
  return {
    hops,
    context: openContext(options),
    connections: openConnections({
      max,
      maxPerAddress,
      stalledMs: limits.stalledMs,
      isRefused: (peer) => pipelining.isEmpty(peer),
      onClosed: events.closed,
    }),
    acceptQueue: openAcceptQueue({ max, maxPerAddress, onDropped: () => events.closed('too_many') }),
    pipelining,
    isEnding: false,
  }
}

function accept({ context, connections, acceptQueue }: State, socket: Socket, begin: (socket: Socket) => void): void {
  const guardedSocket = (work: () => void) => {
    try {
      work()
    } catch (error) {
      context.events.failed(error)
      socket.destroy()
    }
  }
  timeSlices.tookRequest()
  guardedSocket(() => acceptQueue.add(socket, () => guardedSocket(() => connections.open(socket) && begin(socket))))
}

function admit(state: State, request: IncomingMessage, response: ServerResponse, handle: Handler): void {
  const { context, connections } = state
  const connection = connections.get(request.socket)
  if (!connection) return
  timeSlices.tookRequest()
  arrivals.arrived()
  if (state.isEnding) response.setHeader('Connection', 'close')
  const tracked = trackRequest(request, response, clientOf(state, request, connection), () =>
    handle(request, response, admittedOf(context, tracked)),
  )
  const onConnection = new RequestOnConnection(context, tracked)
  connections.requestBegan(connection, onConnection)
  if (connection.requests.length > context.limits.pipelined) return closeFlood(state, connection)
  response.once('close', () => {
    connections.requestEnded(connection, onConnection)
    onConnection.onClosed()
  })
  if (hasTwoHosts(request)) return reject(request, response, TWO_HOSTS)
  if (!isMet(request.headers.expect)) return reject(request, response, EXPECTATION)
  dispatch(context, tracked)
}

function clientOf({ hops }: State, { headers }: IncomingMessage, { peer }: Connection): string {
  const header = hops === 0 ? undefined : headers['x-forwarded-for']
  return (header === undefined ? undefined : forwardedFor(String(header), hops)) ?? peer
}

function closeFlood({ context, connections, pipelining }: State, connection: Connection): void {
  pipelining.charge(connection.peer, 1)
  context.misuse.charge(connection.peer, PIPELINING_COSTS)
  connections.closeFlood(connection, 'pipelining')
}

/** A tracked request as its connection sees it. A class, since each request has one: its methods are made once. */
class RequestOnConnection implements ConnectionRequest {
  private readonly context: AdmissionContext
  private readonly tracked: TrackedRequest

  constructor(context: AdmissionContext, tracked: TrackedRequest) {
    this.context = context
    this.tracked = tracked
  }

  get phase(): RequestPhase {
    return phaseOf(this.tracked)
  }

  endConnection(): void {
    const { response } = this.tracked
    if (!response.headersSent) response.setHeader('Connection', 'close')
  }

  reject(): void {
    const { queued } = this.tracked
    this.endConnection()
    if (!queued) return rejectRequest(this.context, this.tracked, BUSY, 'waiting')
    this.context.queue.remove(queued)
    queued.onTimeout()
  }

  onClosed(): void {
    const { tracked } = this
    if (tracked.isClosed) return
    tracked.isClosed = true
    if (tracked.queued) this.context.queue.remove(tracked.queued)
    for (const release of tracked.releases) release()
    if (MISUSE_STATUSES.has(tracked.response.statusCode)) this.context.misuse.charge(tracked.address, 1)
  }
}
