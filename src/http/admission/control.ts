import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Failure } from '../../domain/failure.ts'
import { yieldToEventLoop } from '../../concurrency.ts'
import { timeSlices } from '../../event-loop.ts'
import { forwardedFor, peerOf } from './address.ts'
import { readBody } from './body.ts'
import { openAcceptQueue } from './accept-queue.ts'
import { type ConnectionRequest, type CloseReason, type Connection, openConnections, type Stage } from './connections.ts'
import type { Limits } from './limits.ts'
import { openAdmissionQueue, type QueuedRequest } from './admission-queue.ts'
import { hasTwoHosts, openClassifier } from './classify.ts'
import { isPoll } from './poll.ts'
import { reject } from './reject.ts'
import { type Target, targetOf } from './request-target.ts'
import { openKeyedCounter } from './keyed-counter.ts'
import { openTokenBuckets } from './token-buckets.ts'
import { openUnsentBytes } from './unsent-bytes.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** Why a request was refused before it was looked at. */
export type RejectReason = 'waiting' | 'patience' | 'misuse' | 'bodies' | 'unread' | 'streams'

/** What a request that was let in may still ask for. */
export interface Admission {
  /** Under what its client is counted. */
  readonly address: string
  /** Resolves when there is time for more work; undefined where there is now. */
  readonly nextSlice: () => Promise<void> | undefined
  /** Whether it went before all else, and is to be answered at once. */
  readonly isPoll: () => boolean
  /** How many bytes may be read for the answer just now: of a poll few, since it went before all else. */
  readonly maxReadBytes: () => number
  /** Where that is too little: stands in line as what is no poll, and resolves in its turn. @throws Failure `busy`, `rate_limited` */
  readonly enqueue: () => Promise<void>
  /** Makes sure that so many bytes may be answered. @throws Failure `busy`, `too_large` */
  readonly reserveResponse: (bytes: number) => void
  /** Makes sure that the answer may be a stream that goes on. @throws Failure `rate_limited` */
  readonly stream: () => void
}

/** What is told of it, for whoever watches. */
export interface AdmissionEvents {
  readonly refused: (why: RejectReason) => void
  readonly closed: (why: CloseReason) => void
  /** A client broke off what it was sending. */
  readonly aborted: (request: IncomingMessage) => void
  /** A poll was answered, after so many seconds. */
  readonly polled: (seconds: number) => void
  /** Something in here is at fault. It was the matter of one connection or request, and is over. */
  readonly failed: (error: unknown) => void
}

export interface AdmissionControlOptions {
  /** Where the endpoints are, as `/dev`. */
  readonly base: string
  /** How many proxies stand in front. */
  readonly hops: number
  /** How large a body may be that is sent to a path, in bytes: a path as the router sees it. A larger one is handed on unread. */
  readonly maxBodyBytes: (path: string) => number
  /** Where the demo's issuer is. The calendar itself asks it: if that had to stand in line, all who stand there would wait for it. */
  readonly demoIssuer?: string | undefined
  readonly limits: Limits
  readonly events: AdmissionEvents
}

/** Where all that comes over HTTP is let in: polls at once, everything else in its turn, or not at all. */
export interface AdmissionControl {
  /** A connection was accepted, and is not read yet: `begin` reads it, in its turn. */
  accepted(socket: Socket, begin: (socket: Socket) => void): void
  /**
   * What came on one is not HTTP, and nothing more is read of it.
   * @returns whether that can be said on it: not where something else is still being answered, after which it is closed
   */
  unreadable(socket: Socket): boolean
  /** Hands a request on when it may be worked on, or refuses it. */
  admit(request: IncomingMessage, response: ServerResponse, handle: Handler): void
  /** Of a request that was handed on. */
  admissionOf(request: IncomingMessage): Admission
  /** How much there is of what has limits. */
  levels(): { readonly connections: number; readonly waiting: number; readonly unread: number }
  stop(): void
}

/** A request on its way, and what has to be given back when it is gone. */
interface TrackedRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly address: string
  readonly target: Target
  readonly handle: Handler
  readonly arrivedAt: number
  /** As what it was started. */
  requestClass: 'poll' | 'aside' | 'in turn' | undefined
  queued: QueuedRequest | undefined
  isRunning: boolean
  isStream: boolean
  isGone: boolean
  readonly releaseBytes: (() => void)[]
}

/** Statuses of requests that should not have been sent. */
const MISUSE_MESSAGE = new Set([400, 401, 405, 413, 417])
/** How much worse than one of those it is to send many requests at once. */
const PIPELINING_COSTS = 100
/** An address that goes on pipelining is not connected for a while. */
const PIPELINING = { perSecond: 0.5, burst: 10 }

const TWO_HOSTS = new Failure('malformed', 'Error: the request names more than one Host')
const EXPECTATION = new Failure('expectation', 'Error: the only expectation that is met is 100-continue')
const IS_MET = /(?:^|\W)100-continue(?:$|\W)/i
const TOO_MANY = new Failure('rate_limited', 'Too many requests from your address are waiting already; please try again.', [], { retryAfter: 2 })
const MISUSED = new Failure('rate_limited', 'Too many requests from your address were malformed; please wait.', [], { retryAfter: 10 })
const BUSY = new Failure('busy', 'The calendar is busy just now; please try again.')
const STREAMS = new Failure('rate_limited', 'Your address follows the calendar with as many streams as it may; please ask siteevents now and then instead.', [], { retryAfter: 15 })

export function openAdmissionControl({ base, hops, maxBodyBytes, demoIssuer, limits, events }: AdmissionControlOptions): AdmissionControl {
  const kindOf = openClassifier(base, demoIssuer)
  const queue = openAdmissionQueue(limits)
  const unread = openUnsentBytes(limits)
  const polls = openTokenBuckets(limits.polls)
  const looksAtHealth = openTokenBuckets(limits.polls)
  const misuse = openTokenBuckets(limits.misuse)
  const pipelining = openTokenBuckets(PIPELINING)
  const bodies = openKeyedCounter()
  const streams = openKeyedCounter()
  const trackedRequests = new WeakMap<IncomingMessage, TrackedRequest>()
  const connections = openConnections({
    max: limits.connections,
    maxPerAddress: hops === 0 ? limits.connectionsPerAddress : Infinity,
    stalledMs: limits.stalledMs,
    isRefused: (peer) => pipelining.isEmpty(peer),
    onClosed: events.closed,
  })

  const unbegun = openAcceptQueue({
    max: limits.connections,
    maxPerAddress: hops === 0 ? limits.connectionsPerAddress : Infinity,
    onDropped: () => events.closed('too_many'),
  })

  function clientOf({ headers }: IncomingMessage, { peer }: Connection): string {
    const header = hops === 0 ? undefined : headers['x-forwarded-for']
    return (header === undefined ? undefined : forwardedFor(String(header), hops)) ?? peer
  }
  function cut(connection: Connection): void {
    pipelining.charge(connection.peer, 1)
    misuse.charge(connection.peer, PIPELINING_COSTS)
    connections.cut(connection, 'pipelining')
  }
  /** A fault of ours is nobody's but this request's: thrown further, it would end the process. */
  function guarded(request: IncomingMessage, response: ServerResponse, work: () => void): void {
    try {
      work()
    } catch (error) {
      fail(request, response, error)
    }
  }
  function guardedSocket(socket: Socket, work: () => void): void {
    try {
      work()
    } catch (error) {
      events.failed(error)
      socket.destroy()
    }
  }
  function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    events.failed(error)
    if (response.headersSent) response.destroy()
    else reject(request, response, error)
  }
  function take(request: IncomingMessage, response: ServerResponse, handle: Handler): void {
    const connection = connections.ofPeer(request.socket)
    if (!connection) return
    timeSlices.tookRequest()
    const address = clientOf(request, connection)
    const tracked: TrackedRequest = {
      request, response, address, handle, target: targetOf(request.url), arrivedAt: performance.now(),
      requestClass: undefined, queued: undefined, isRunning: false, isStream: false, isGone: false, releaseBytes: [],
    }
    const inFlight = connectionRequest(tracked)
    connections.began(connection, inFlight)
    if (connection.requests.size > limits.pipelined) return cut(connection)
    trackedRequests.set(request, tracked)
    response.once('close', () => {
      connections.ended(connection, inFlight)
      inFlight.onClosed()
    })
    if (hasTwoHosts(request)) return reject(request, response, TWO_HOSTS)
    if (!IS_MET.test(request.headers.expect ?? '100-continue')) return reject(request, response, EXPECTATION)
    startHandling(tracked)
  }
  function connectionRequest(tracked: TrackedRequest): ConnectionRequest {
    return {
      get stage() {
        return connectionStage(tracked)
      },
      reject() {
        const { queued, response } = tracked
        response.setHeader('Connection', 'close')
        if (!queued) return rejectRequest(tracked, BUSY, 'waiting')
        queue.remove(queued)
        queued.onTimeout()
      },
      onClosed: () => onClosed(tracked),
    }
  }
  function startHandling(tracked: TrackedRequest): void {
    const { request, address, target } = tracked
    const kind = kindOf(request, target)
    if (kind === 'demo' || (kind === 'health' && looksAtHealth.take(address))) return start(tracked, 'aside')
    if (kind === 'poll' && polls.take(address)) return start(tracked, 'poll')
    if (kind === 'perhaps poll' && polls.take(address)) return read(tracked, (body) => (isPoll(body) ? start(tracked, 'poll') : demotePoll(tracked)))
    if (misuse.isEmpty(address)) return rejectRequest(tracked, MISUSED, 'misuse')
    if (queue.isFullFor(address)) return rejectRequest(tracked, TOO_MANY, 'waiting')
    if (kind === 'perhaps poll' || kind === 'sends') return readBodyIfAny(tracked)
    enqueueRequest(tracked)
  }
  /** It was taken for one at first. */
  function demotePoll(tracked: TrackedRequest): void {
    polls.charge(tracked.address, -1)
    if (misuse.isEmpty(tracked.address)) return rejectRequest(tracked, MISUSED, 'misuse')
    enqueueRequest(tracked)
  }
  /** Before it stands in line: a body that comes slowly keeps nobody waiting. */
  function readBodyIfAny(tracked: TrackedRequest): void {
    const { request, address } = tracked
    const maxBytes = maxBodyBytes(tracked.target.path)
    const declaredLength = Number(request.headers['content-length'] ?? (request.headers['transfer-encoding'] === undefined ? 0 : maxBytes))
    // Whoever handles it says so without reading any of it; but first, whether it was signed.
    if (declaredLength > maxBytes) return enqueueRequest(tracked)
    if (bodies.get(address) + declaredLength > limits.bodiesPerAddress) return rejectRequest(tracked, TOO_MANY, 'bodies')
    if (bodies.total() + declaredLength > limits.bodies) return rejectRequest(tracked, BUSY, 'bodies')
    bodies.add(address, declaredLength)
    hold(tracked, () => bodies.add(address, -declaredLength))
    read(tracked, () => enqueueRequest(tracked))
  }
  function read(tracked: TrackedRequest, then: (body: Buffer) => void): void {
    const { request, response, target } = tracked
    readBody(request, maxBodyBytes(target.path), (body) => {
      // It may have been turned away meanwhile, to make room.
      if (response.headersSent) return
      if (!body) return events.aborted(request)
      // Where the adapter to Hono looks for a body that somebody has read already.
      Object.assign(request, { rawBody: body })
      guarded(request, response, () => then(body))
    })
  }
  function enqueueRequest(tracked: TrackedRequest): void {
    enqueueTracked(tracked, () => start(tracked, 'in turn'), (failure, why) => rejectRequest(tracked, failure, why))
  }
  function enqueueTracked(tracked: TrackedRequest, begin: () => void, onRejected: (failure: Failure, why: RejectReason) => void): void {
    const { request, response, address } = tracked
    const queued: QueuedRequest = {
      address,
      deadline: performance.now() + limits.queueTimeoutMs,
      onTimeout: () => onRejected(BUSY, 'patience'),
      start() {
        tracked.queued = undefined
        guarded(request, response, begin)
      },
    }
    tracked.queued = queued
    if (!queue.enqueue(queued)) onRejected(queue.isFullFor(address) ? TOO_MANY : BUSY, 'waiting')
  }
  /** A poll for which more is to be read than for one. */
  function enqueueAfterPoll(tracked: TrackedRequest): Promise<void> {
    if (tracked.requestClass !== 'poll') return Promise.resolve()
    tracked.requestClass = undefined
    return new Promise((resolve, reject) => {
      const onRejected = (failure: Failure, why: RejectReason) => {
        tracked.queued = undefined
        events.refused(why)
        reject(failure)
      }
      // Its client has gone away meanwhile, and nobody would take it out of the line, nor give back its place.
      if (tracked.isGone) return reject(BUSY)
      if (misuse.isEmpty(tracked.address)) return onRejected(MISUSED, 'misuse')
      hold(tracked, () => reject(BUSY))
      const begin = () => {
        tracked.requestClass = 'in turn'
        resolve()
      }
      enqueueTracked(tracked, begin, onRejected)
    })
  }
  function start(tracked: TrackedRequest, requestClass: TrackedRequest['requestClass']): void {
    const { request, response, handle } = tracked
    tracked.queued = undefined
    tracked.requestClass = requestClass
    tracked.isRunning = true
    onAnswer(response, () => started(tracked))
    // Even where its client has gone away meanwhile, it is worked on until then.
    void (async () => handle(request, response))().catch((error: unknown) => fail(request, response, error)).finally(() => started(tracked))
  }
  /** The work is done when the answer begins; taking it may last much longer. */
  function started(tracked: TrackedRequest): void {
    if (!tracked.isRunning) return
    tracked.isRunning = false
    if (tracked.requestClass === 'poll') events.polled((performance.now() - tracked.arrivedAt) / 1000)
    if (tracked.requestClass === 'in turn') queue.finished(tracked.address)
  }
  function rejectRequest(tracked: TrackedRequest, failure: Failure, why: RejectReason): void {
    tracked.queued = undefined
    events.refused(why)
    reject(tracked.request, tracked.response, failure)
  }
  function onClosed(tracked: TrackedRequest): void {
    const { response, address, queued } = tracked
    if (tracked.isGone) return
    tracked.isGone = true
    if (queued) queue.remove(queued)
    for (const release of tracked.releaseBytes) release()
    if (MISUSE_MESSAGE.has(response.statusCode)) misuse.charge(address, 1)
  }

  return {
    accepted(socket, begin) {
      timeSlices.tookRequest()
      guardedSocket(socket, () => unbegun.add(socket, () => guardedSocket(socket, () => connections.open(socket) && begin(socket))))
    },
    unreadable(socket) {
      misuse.charge(peerOf(socket), 1)
      return connections.end(socket)
    },
    admit: (request, response, handle) => guarded(request, response, () => take(request, response, handle)),
    admissionOf(request) {
      const tracked = trackedRequests.get(request)
      if (!tracked) throw new Error('A request was not let in and got in.')
      const { address } = tracked
      return {
        address,
        isPoll: () => tracked.requestClass === 'poll',
        maxReadBytes: () => (tracked.requestClass === 'poll' ? limits.poll : Infinity),
        enqueue: () => enqueueAfterPoll(tracked),
        nextSlice: () => (tracked.requestClass !== 'in turn' || timeSlices.hasTime() ? undefined : yieldToEventLoop()),
        reserveResponse(bytes) {
          try {
            hold(tracked, unread.reserve(address, bytes, tracked.requestClass === 'poll'))
          } catch (error) {
            events.refused('unread')
            throw error
          }
        },
        stream() {
          if (streams.get(address) >= limits.streamsPerAddress) {
            events.refused('streams')
            throw STREAMS
          }
          tracked.isStream = true
          streams.add(address, 1)
          hold(tracked, () => streams.add(address, -1))
        },
      }
    },
    levels: () => ({ connections: connections.count(), waiting: queue.length(), unread: unread.total() }),
    stop() {
      connections.stop()
      queue.stop()
    },
  }
}

function connectionStage({ response, queued, requestClass, isRunning, isStream }: TrackedRequest): Stage {
  if (queued) return 'waiting'
  if (requestClass === undefined) return response.headersSent ? 'taking' : 'arriving'
  if (requestClass !== 'in turn') return 'poll'
  if (isStream) return 'streaming'
  return isRunning ? 'running' : 'taking'
}

/** What is claimed for a client that has gone away already is given back at once. */
function hold(tracked: TrackedRequest, giveBack: () => void): void {
  if (tracked.isGone) giveBack()
  else tracked.releaseBytes.push(giveBack)
}

/** Calls back when the headers of an answer go out. */
function onAnswer(response: ServerResponse, callback: () => void): void {
  const writeHead = response.writeHead.bind(response)
  response.writeHead = (...given: [number]) => {
    callback()
    return writeHead(...given)
  }
}
