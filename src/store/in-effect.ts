import { visibleTo, type Viewer } from '../domain/access.ts'
import { inEffect } from '../domain/conflict.ts'
import { jsonArray, writer } from '../json-bytes.ts'
import type { Codec, Query, Store } from './port.ts'

/** Whether a query asks only for what is in effect. */
export const wantsInEffect = (query: Query): boolean => 'sites' in query && query.inEffect === true

/** What `Store.listBytes` returns then, for a store that knows the kinds of reservations by decoding them. */
export async function bytesInEffect(
  list: Store['list'],
  query: Query,
  viewer: Viewer,
  codec: Codec,
): Promise<Uint8Array<ArrayBuffer>> {
  const write = writer()
  const listed = await list(query, ({ reservation }) => ({
    kind: reservation.kind,
    text: write(codec.encode(visibleTo(viewer, reservation))),
  }))
  return jsonArray(inEffect(listed).map(({ text }) => text))
}
