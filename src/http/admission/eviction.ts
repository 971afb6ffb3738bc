import { type Connection, rankOf, phaseRank } from './connection.ts'
import { type Peer, type Peers, sizeOf } from './peers.ts'

/** A younger connection without a request is not closed first: its request is about to come. */
const REQUEST_GRACE_MS = 1000

/**
 * The connection to close for a new one when there are `max`: an idle one, or the one whose request is given up most
 * easily, of the peer with most connections. Undefined if all connections answer polls.
 */
export function evictable(peers: Peers, max: number): Connection | undefined {
  const idle = ofLargestPeer(peers, (peer) => floodingOf(peer, max / peers.count())) ?? ofLargestPeer(peers, idleOf)
  if (idle) return idle
  const busy = leastBusyOf(peers.all())
  if (busy && !isRunning(busy)) return busy
  return ofLargestPeer(peers, ({ silent }) => silent.first) ?? busy
}

/** The connection to close for another of the same peer; undefined if all of them have running requests. */
export function evictableOfPeer(peer: Peer): Connection | undefined {
  const idle = idleOf(peer)
  if (idle) return idle
  const busy = leastBusyOf([peer])
  return busy && !isRunning(busy) ? busy : undefined
}

const isRunning = (connection: Connection) => rankOf(connection) >= phaseRank('running')

/** The oldest connection that has sent no request within the grace period, or whose requests are all answered. */
function idleOf({ silent, idle }: Peer): Connection | undefined {
  const oldest = silent.first
  return oldest && performance.now() - oldest.openedAt > REQUEST_GRACE_MS ? oldest : idle.first
}

/** Without a grace period: a peer with more than its share, half of it without requests, is flooding. */
function floodingOf(peer: Peer, share: number): Connection | undefined {
  const size = sizeOf(peer)
  return size > 1 && size >= share && peer.silent.size * 2 >= size ? peer.silent.first : undefined
}

/** The first choice of the largest peer that has one. */
function ofLargestPeer(peers: Peers, choose: (peer: Peer) => Connection | undefined): Connection | undefined {
  let [found, max]: [Connection | undefined, number] = [undefined, 0]
  for (const peer of peers.all()) {
    const size = sizeOf(peer)
    const choice = size > max ? choose(peer) : undefined
    if (choice) [found, max] = [choice, size]
  }
  return found
}

/** The busy connection of the lowest rank below `poll`; of several, the one whose peer has most, and of those the oldest. */
function leastBusyOf(peers: Iterable<Peer>): Connection | undefined {
  let least: { connection: Connection; rank: number; size: number } | undefined
  for (const peer of peers) {
    const size = sizeOf(peer)
    for (const connection of peer.busy) {
      const rank = rankOf(connection)
      if (!least || rank < least.rank || (rank === least.rank && size > least.size)) least = { connection, rank, size }
    }
  }
  return least && least.rank < phaseRank('poll') ? least.connection : undefined
}
