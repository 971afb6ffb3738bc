import { type Viewer, seesUnmasked } from '../domain/access.ts'
import type { Revision } from '../domain/reservation.ts'
import { streamedChange } from './wire-change.ts'

/** Tells clients to reconnect after this number of milliseconds. */
export const RETRY = 'retry: 1000\n\n'

/** A comment with the current cursor, so that the client of a quiet site reconnects from there. */
export const formatHeartbeat = (cursorId: string): string => `: still here\nid: ${cursorId}\n\n`

/** `hello` or `reset`. There are always data, if only `{}`: browsers ignore events without. @param since from where the missed changes can be read */
export const formatStart = (kind: 'hello' | 'reset', cursorId: string, since?: string): string =>
  `id: ${cursorId}\nevent: ${kind}\ndata: ${JSON.stringify({ since })}\n\n`

/** Texts by revision and by what the viewer may see unmasked: subscribers are many, these are few. */
const encodedEvents = new WeakMap<Revision, Map<string, string>>()

/** A `change`, as the viewer may see it. */
export function formatChange(revision: Revision, cursorId: string, viewer: Viewer): string {
  const { before, after } = revision
  const visibility = String([before, after].map((one) => one && seesUnmasked(viewer, one)))
  const known = encodedEvents.get(revision) ?? new Map<string, string>()
  encodedEvents.set(revision, known)
  const text =
    known.get(visibility) ??
    `id: ${cursorId}\nevent: change\ndata: ${JSON.stringify(streamedChange(revision, viewer))}\n\n`
  known.set(visibility, text)
  return text
}
