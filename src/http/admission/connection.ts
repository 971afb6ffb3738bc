import type { Socket } from 'node:net'
import type { Linked } from './linked-list.ts'

/** The phases of a request, from the first that is closed for another connection to `poll`, which never is. */
const PHASES = ['arriving', 'waiting', 'streaming', 'taking', 'running', 'poll'] as const
export type RequestPhase = (typeof PHASES)[number]

/** The position of a phase: requests of a lower rank are given up first. */
export const phaseRank = (phase: RequestPhase): number => PHASES.indexOf(phase)

/** A request on a connection that has not been answered completely. */
export interface ConnectionRequest {
  readonly phase: RequestPhase
  /** Lets its answer, if that has not begun, end the connection. */
  endConnection(): void
  /** Answers 503 and ends the connection. Only while the request arrives or waits. */
  reject(): void
  /** Called when the connection closes before the request is answered completely. */
  onClosed(): void
}

export interface Connection extends Linked<Connection> {
  readonly socket: Socket
  /** The rate-limit key of the address at the other end. */
  readonly peer: string
  /** When it was accepted, by `performance.now()`. */
  readonly openedAt: number
  /** The requests on it that are not yet answered. */
  readonly requests: ConnectionRequest[]
  /** `socket.bytesRead` when the last request began or ended: later bytes belong to the next request. */
  bytesOfRequests: number
  /** Whether it closes as soon as its pending requests are answered, because what followed them is not HTTP. */
  isEnding: boolean
  /** Bytes of answers that the client has taken. */
  bytesTaken: number
  /** When `bytesTaken` last grew, by `performance.now()`. */
  takenAt: number
}

export function newConnection(socket: Socket, peer: string): Connection {
  const now = performance.now()
  return {
    socket,
    peer,
    openedAt: now,
    requests: [],
    bytesOfRequests: 0,
    isEnding: false,
    bytesTaken: 0,
    takenAt: now,
  }
}

/** The highest rank of its requests. */
export const rankOf = ({ requests }: Connection): number => Math.max(...requests.map(({ phase }) => phaseRank(phase)))

/** Whether any of its requests has arrived completely. */
export const isAnswering = ({ requests }: Connection): boolean => requests.some(({ phase }) => phase !== 'arriving')

/** Whether a part of the next request has arrived. */
export const isMidRequest = ({ socket, bytesOfRequests }: Connection): boolean => socket.bytesRead > bytesOfRequests

/** Whether the client has taken nothing of an answer for `stalledMs`. Call it regularly: it notes what was taken. */
export function hasStalled(connection: Connection, stalledMs: number): boolean {
  const { socket } = connection
  const now = performance.now()
  const taken = socket.bytesWritten - socket.writableLength
  if (socket.writableLength > 0 && taken === connection.bytesTaken) return now - connection.takenAt > stalledMs
  connection.bytesTaken = taken
  connection.takenAt = now
  return false
}

/** Reads one chunk of a request whose headers arrive in many, and pauses again: otherwise each byte takes an event-loop turn. */
export function readOneChunk(connection: Connection): void {
  const { socket, requests } = connection
  if (!isMidRequest(connection)) return
  socket.resume()
  setImmediate(() => setImmediate(() => requests.length === 0 && isMidRequest(connection) && socket.pause()))
}
