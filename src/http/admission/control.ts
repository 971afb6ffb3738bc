import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Failure } from '../../domain/failure.ts'
import { nextTurn } from '../../pace.ts'
import { turns } from '../../turns.ts'
import { forwardedFor, peerOf } from './address.ts'
import { readBody } from './body.ts'
import { openAcceptQueue } from './accept-queue.ts'
import { type Asked, type ClosedFor, type Connection, openConnections, type Stage } from './connections.ts'
import type { Limits } from './limits.ts'
import { openLine, type Standing } from './line.ts'
import { hasTwoHosts, openKinds } from './kinds.ts'
import { isPoll } from './poll.ts'
import { refuse } from './refusal.ts'
import { type Target, targetOf } from './target.ts'
import { openTally } from './tally.ts'
import { openTokenBuckets } from './token-buckets.ts'
import { openUnread } from './unread.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** Why a request was refused before it was looked at. */
export type RefusedFor = 'waiting' | 'patience' | 'misuse' | 'bodies' | 'unread' | 'streams'

/** What a request that was let in may still ask for. */
export interface Admission {
  /** Under what its client is counted. */
  readonly address: string
  /** Resolves when there is time for more work; undefined where there is now. */
  readonly turn: () => Promise<void> | undefined
  /** Whether it went before all else, and is to be answered at once. */
  readonly isPoll: () => boolean
  /** How many bytes may be read for the answer just now: of a poll few, since it went before all else. */
  readonly most: () => number
  /** Where that is too little: stands in line as what is no poll, and resolves in its turn. @throws Failure `busy`, `rate_limited` */
  readonly standInLine: () => Promise<void>
  /** Makes sure that so many bytes may be answered. @throws Failure `busy`, `too_large` */
  readonly claim: (bytes: number) => void
  /** Makes sure that the answer may be a stream that goes on. @throws Failure `rate_limited` */
  readonly stream: () => void
}

/** What is told of it, for whoever watches. */
export interface Watch {
  readonly refused: (why: RefusedFor) => void
  readonly closed: (why: ClosedFor) => void
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
  readonly mostBytes: (path: string) => number
  /** Where the demo's issuer is. The calendar itself asks it: if that had to stand in line, all who stand there would wait for it. */
  readonly demoIssuer?: string | undefined
  readonly limits: Limits
  readonly watch: Watch
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
  take(request: IncomingMessage, response: ServerResponse, handle: Handler): void
  /** Of a request that was handed on. */
  admissionOf(request: IncomingMessage): Admission
  /** How much there is of what has limits. */
  levels(): { readonly connections: number; readonly waiting: number; readonly unread: number }
  stop(): void
}

/** A request on its way, and what has to be given back when it is gone. */
interface Passage {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly address: string
  readonly target: Target
  readonly handle: Handler
  readonly arrived: number
  /** As what it was started. */
  as: 'poll' | 'aside' | 'in turn' | undefined
  standing: Standing | undefined
  isRunning: boolean
  isStream: boolean
  isGone: boolean
  readonly giveBack: (() => void)[]
}

/** Statuses of requests that should not have been sent. */
const MISUSE = new Set([400, 401, 405, 413, 417])
/** How much worse than one of those it is to send many requests at once. */
const PIPELINING_COSTS = 100
/** An address that goes on pipelining is not connected for a while. */
const PIPELINING = { aSecond: 0.5, atOnce: 10 }

const TWO_HOSTS = new Failure('malformed', 'Error: the request names more than one Host')
const EXPECTATION = new Failure('expectation', 'Error: the only expectation that is met is 100-continue')
const IS_MET = /(?:^|\W)100-continue(?:$|\W)/i
const TOO_MANY = new Failure('rate_limited', 'Too many requests from your address are waiting already; please try again.', [], { retryAfter: 2 })
const MISUSED = new Failure('rate_limited', 'Too many requests from your address were malformed; please wait.', [], { retryAfter: 10 })
const BUSY = new Failure('busy', 'The calendar is busy just now; please try again.')
const STREAMS = new Failure('rate_limited', 'Your address follows the calendar with as many streams as it may; please ask siteevents now and then instead.', [], { retryAfter: 15 })

export function openAdmissionControl({ base, hops, mostBytes, demoIssuer, limits, watch }: AdmissionControlOptions): AdmissionControl {
  const kindOf = openKinds(base, demoIssuer)
  const line = openLine(limits)
  const unread = openUnread(limits)
  const polls = openTokenBuckets(limits.polls)
  const looksAtHealth = openTokenBuckets(limits.polls)
  const misuse = openTokenBuckets(limits.misuse)
  const pipelining = openTokenBuckets(PIPELINING)
  const bodies = openTally()
  const streams = openTally()
  const passages = new WeakMap<IncomingMessage, Passage>()
  const connections = openConnections({
    most: limits.connections,
    mostEach: hops === 0 ? limits.connectionsEach : Infinity,
    stalledMs: limits.stalledMs,
    isRefused: (peer) => pipelining.isEmpty(peer),
    onClosed: watch.closed,
  })

  const unbegun = openAcceptQueue({
    most: limits.connections,
    mostEach: hops === 0 ? limits.connectionsEach : Infinity,
    onDropped: () => watch.closed('too_many'),
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
      watch.failed(error)
      socket.destroy()
    }
  }
  function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    watch.failed(error)
    if (response.headersSent) response.destroy()
    else refuse(request, response, error)
  }
  function take(request: IncomingMessage, response: ServerResponse, handle: Handler): void {
    const connection = connections.of(request.socket)
    if (!connection) return
    turns.arrived()
    const address = clientOf(request, connection)
    const passage: Passage = {
      request, response, address, handle, target: targetOf(request.url), arrived: performance.now(),
      as: undefined, standing: undefined, isRunning: false, isStream: false, isGone: false, giveBack: [],
    }
    const asked = askedOf(passage)
    connections.began(connection, asked)
    if (connection.underWay.size > limits.pipelined) return cut(connection)
    passages.set(request, passage)
    response.once('close', () => {
      connections.ended(connection, asked)
      asked.gone()
    })
    if (hasTwoHosts(request)) return refuse(request, response, TWO_HOSTS)
    if (!IS_MET.test(request.headers.expect ?? '100-continue')) return refuse(request, response, EXPECTATION)
    letIn(passage)
  }
  function askedOf(passage: Passage): Asked {
    return {
      get stage() {
        return stageOf(passage)
      },
      turnAway() {
        const { standing, response } = passage
        response.setHeader('Connection', 'close')
        if (!standing) return turnAway(passage, BUSY, 'waiting')
        line.leave(standing)
        standing.giveUp()
      },
      gone: () => gone(passage),
    }
  }
  function letIn(passage: Passage): void {
    const { request, address, target } = passage
    const kind = kindOf(request, target)
    if (kind === 'demo' || (kind === 'health' && looksAtHealth.take(address))) return start(passage, 'aside')
    if (kind === 'poll' && polls.take(address)) return start(passage, 'poll')
    if (kind === 'perhaps poll' && polls.take(address)) return read(passage, (body) => (isPoll(body) ? start(passage, 'poll') : noPoll(passage)))
    if (misuse.isEmpty(address)) return turnAway(passage, MISUSED, 'misuse')
    if (line.isFullFor(address)) return turnAway(passage, TOO_MANY, 'waiting')
    if (kind === 'perhaps poll' || kind === 'sends') return readAny(passage)
    standInLine(passage)
  }
  /** It was taken for one at first. */
  function noPoll(passage: Passage): void {
    polls.charge(passage.address, -1)
    if (misuse.isEmpty(passage.address)) return turnAway(passage, MISUSED, 'misuse')
    standInLine(passage)
  }
  /** Before it stands in line: a body that comes slowly keeps nobody waiting. */
  function readAny(passage: Passage): void {
    const { request, address } = passage
    const most = mostBytes(passage.target.path)
    const announced = Number(request.headers['content-length'] ?? (request.headers['transfer-encoding'] === undefined ? 0 : most))
    // Whoever handles it says so without reading any of it; but first, whether it was signed.
    if (announced > most) return standInLine(passage)
    if (bodies.of(address) + announced > limits.bodiesEach) return turnAway(passage, TOO_MANY, 'bodies')
    if (bodies.total() + announced > limits.bodies) return turnAway(passage, BUSY, 'bodies')
    bodies.add(address, announced)
    keep(passage, () => bodies.add(address, -announced))
    read(passage, () => standInLine(passage))
  }
  function read(passage: Passage, then: (body: Buffer) => void): void {
    const { request, response, target } = passage
    readBody(request, mostBytes(target.path), (body) => {
      // It may have been turned away meanwhile, to make room.
      if (response.headersSent) return
      if (!body) return watch.aborted(request)
      // Where the adapter to Hono looks for a body that somebody has read already.
      Object.assign(request, { rawBody: body })
      guarded(request, response, () => then(body))
    })
  }
  function standInLine(passage: Passage): void {
    enterLine(passage, () => start(passage, 'in turn'), (failure, why) => turnAway(passage, failure, why))
  }
  function enterLine(passage: Passage, begin: () => void, turnedAway: (failure: Failure, why: RefusedFor) => void): void {
    const { request, response, address } = passage
    const standing: Standing = {
      address,
      until: performance.now() + limits.patienceMs,
      giveUp: () => turnedAway(BUSY, 'patience'),
      start() {
        passage.standing = undefined
        guarded(request, response, begin)
      },
    }
    passage.standing = standing
    if (!line.enter(standing)) turnedAway(line.isFullFor(address) ? TOO_MANY : BUSY, 'waiting')
  }
  /** A poll for which more is to be read than for one. */
  function standInLineAfterAll(passage: Passage): Promise<void> {
    if (passage.as !== 'poll') return Promise.resolve()
    passage.as = undefined
    return new Promise((resolve, reject) => {
      const turnedAway = (failure: Failure, why: RefusedFor) => {
        passage.standing = undefined
        watch.refused(why)
        reject(failure)
      }
      // Its client has gone away meanwhile, and nobody would take it out of the line, nor give back its place.
      if (passage.isGone) return reject(BUSY)
      if (misuse.isEmpty(passage.address)) return turnedAway(MISUSED, 'misuse')
      keep(passage, () => reject(BUSY))
      const begin = () => {
        passage.as = 'in turn'
        resolve()
      }
      enterLine(passage, begin, turnedAway)
    })
  }
  function start(passage: Passage, as: Passage['as']): void {
    const { request, response, handle } = passage
    passage.standing = undefined
    passage.as = as
    passage.isRunning = true
    onAnswer(response, () => begun(passage))
    // Even where its client has gone away meanwhile, it is worked on until then.
    void (async () => handle(request, response))().catch((error: unknown) => fail(request, response, error)).finally(() => begun(passage))
  }
  /** The work is done when the answer begins; taking it may last much longer. */
  function begun(passage: Passage): void {
    if (!passage.isRunning) return
    passage.isRunning = false
    if (passage.as === 'poll') watch.polled((performance.now() - passage.arrived) / 1000)
    if (passage.as === 'in turn') line.done(passage.address)
  }
  function turnAway(passage: Passage, failure: Failure, why: RefusedFor): void {
    passage.standing = undefined
    watch.refused(why)
    refuse(passage.request, passage.response, failure)
  }
  function gone(passage: Passage): void {
    const { response, address, standing } = passage
    if (passage.isGone) return
    passage.isGone = true
    if (standing) line.leave(standing)
    for (const give of passage.giveBack) give()
    if (MISUSE.has(response.statusCode)) misuse.charge(address, 1)
  }

  return {
    accepted(socket, begin) {
      turns.arrived()
      guardedSocket(socket, () => unbegun.add(socket, () => guardedSocket(socket, () => connections.open(socket) && begin(socket))))
    },
    unreadable(socket) {
      misuse.charge(peerOf(socket), 1)
      return connections.end(socket)
    },
    take: (request, response, handle) => guarded(request, response, () => take(request, response, handle)),
    admissionOf(request) {
      const passage = passages.get(request)
      if (!passage) throw new Error('A request was not let in and got in.')
      const { address } = passage
      return {
        address,
        isPoll: () => passage.as === 'poll',
        most: () => (passage.as === 'poll' ? limits.poll : Infinity),
        standInLine: () => standInLineAfterAll(passage),
        turn: () => (passage.as !== 'in turn' || turns.isOpen() ? undefined : nextTurn()),
        claim(bytes) {
          try {
            keep(passage, unread.claim(address, bytes, passage.as === 'poll'))
          } catch (error) {
            watch.refused('unread')
            throw error
          }
        },
        stream() {
          if (streams.of(address) >= limits.streamsEach) {
            watch.refused('streams')
            throw STREAMS
          }
          passage.isStream = true
          streams.add(address, 1)
          keep(passage, () => streams.add(address, -1))
        },
      }
    },
    levels: () => ({ connections: connections.count(), waiting: line.length(), unread: unread.total() }),
    stop() {
      connections.stop()
      line.stop()
    },
  }
}

function stageOf({ response, standing, as, isRunning, isStream }: Passage): Stage {
  if (standing) return 'waiting'
  if (as === undefined) return response.headersSent ? 'taking' : 'arriving'
  if (as !== 'in turn') return 'poll'
  if (isStream) return 'streaming'
  return isRunning ? 'running' : 'taking'
}

/** What is claimed for a client that has gone away already is given back at once. */
function keep(passage: Passage, giveBack: () => void): void {
  if (passage.isGone) giveBack()
  else passage.giveBack.push(giveBack)
}

/** Calls back when the headers of an answer go out. */
function onAnswer(response: ServerResponse, callback: () => void): void {
  const writeHead = response.writeHead.bind(response)
  response.writeHead = (...given: [number]) => {
    callback()
    return writeHead(...given)
  }
}
