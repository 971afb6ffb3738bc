import type { Socket } from 'node:net'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Connection, newConnection, type RequestPhase } from '../../../src/http/admission/connection.ts'
import { evictable, evictableOfPeer } from '../../../src/http/admission/eviction.ts'
import { openPeers, type Peers } from '../../../src/http/admission/peers.ts'

const [ADA, BO] = ['192.0.2.1', '192.0.2.2']
/** Opened just now, however long the test takes. */
const YOUNG = { age: -60_000 }
let peers: Peers
beforeEach(() => {
  peers = openPeers()
})

function add(
  peer: string,
  set: 'silent' | 'idle' | 'busy',
  { age = 0, phase }: { age?: number; phase?: RequestPhase } = {},
) {
  const connection: Connection = { ...newConnection({} as Socket, peer), openedAt: performance.now() - age }
  if (phase) connection.requests.push({ phase, endConnection: () => {}, reject: () => {}, onClosed: () => {} })
  peers.named(peer)[set].add(connection)
  return connection
}

describe('the connection that makes room for another', () => {
  it('is a new one of an address that has its share, half of it without requests', () => {
    const silent = add(ADA, 'silent', YOUNG)
    add(ADA, 'idle')
    expect(evictable(peers, 2)).toBe(silent)
    add(BO, 'busy', { phase: 'running' })
    expect(evictable(peers, 4)).toBe(silent)
  })

  it('is an idle one of an address that has less than its share, or requests on most', () => {
    add(ADA, 'silent', YOUNG)
    const idle = add(ADA, 'idle')
    expect(evictable(peers, 3)).toBe(idle)
    add(ADA, 'idle')
    expect(evictable(peers, 3)).toBe(idle)
  })

  it('is one that has sent nothing for a second before one that is idle', () => {
    const idle = add(ADA, 'idle')
    add(ADA, 'idle')
    add(ADA, 'silent', YOUNG)
    expect(evictable(peers, 3)).toBe(idle)
    const silent = add(BO, 'silent', { age: 60_000 })
    for (let n = 0; n < 3; n += 1) add(BO, 'idle')
    expect(evictable(peers, 100)).toBe(silent)
  })

  it('is the one whose request is given up most easily, if none is idle', () => {
    add(ADA, 'busy', { phase: 'running' })
    const waiting = add(ADA, 'busy', { phase: 'waiting' })
    expect(evictable(peers, 3)).toBe(waiting)
    const arriving = add(BO, 'busy', { phase: 'arriving' })
    expect(evictable(peers, 3)).toBe(arriving)
  })

  it('is a running one if need be, but none with a poll', () => {
    add(ADA, 'busy', { phase: 'poll' })
    expect(evictable(peers, 1)).toBeUndefined()
    const running = add(BO, 'busy', { phase: 'running' })
    expect(evictable(peers, 2)).toBe(running)
    expect(evictableOfPeer(peers.named(BO))).toBeUndefined()
  })
})
