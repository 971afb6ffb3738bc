import { seesUnmasked, type Viewer } from '../../domain/access.ts'
import { CHUNK_BYTES } from '../../concurrency.ts'
import { joinedArray, textOf, toWritten, type Written } from '../../json-bytes.ts'
import { inEffect } from '../../domain/conflict.ts'
import { asListed, queryOf, shownResource, withResource } from '../closures.ts'
import { LONG_LIST_BYTES, MAX_LIST_BYTES } from '../long-lists.ts'
import { wantsInEffect } from '../in-effect.ts'
import type { Codec, Query, Store } from '../port.ts'
import type { GuardedRead } from './file-guard.ts'
import { decodeListed } from './rows.ts'
import type { ImageRow } from './site-image.ts'
import type { SiteImages } from './site-images.ts'

type Lists = Pick<Store, 'list' | 'listBytes' | 'outlines'>

/** Answers short lists of the coming weeks from the images of their sites, and all others by `lists`. */
export function listsFromImages(lists: Lists, images: SiteImages, read: GuardedRead, codec: Codec): Lists {
  const find = (query: Query, maxBytes: number) =>
    'sites' in query && images.covers(query.during) ? read(() => images.find(query, maxBytes)) : undefined
  return {
    async list(query, valueOf) {
      const rows = await find(query, CHUNK_BYTES)
      if (!rows) return lists.list(query, valueOf)
      return rows.flatMap((row) =>
        decodeListed({ ...row, doc: textOf(row.doc) }, codec).map((stored) =>
          valueOf(asListed(query, stored), row.firstStart ?? row.start),
        ),
      )
    },
    async listBytes(query, viewer, maxBytes = MAX_LIST_BYTES) {
      const found = await find(query, Math.min(maxBytes, LONG_LIST_BYTES))
      const rows = found && wantsInEffect(query) ? inEffect(found) : found
      const bytes = rows && joinedArray(rows.map((row) => shownText(query, viewer, row, codec)))
      return bytes && bytes.length <= maxBytes ? bytes : lists.listBytes(query, viewer, maxBytes)
    },
    async *outlines(window) {
      const rows = await find(queryOf(window), CHUNK_BYTES)
      if (rows) yield rows
      else yield* lists.outlines(window)
    },
  }
}

function shownText(query: Query, viewer: Viewer, row: ImageRow, codec: Codec): Written {
  const text = seesUnmasked(viewer, row) ? row.doc : row.masked
  const resource = row.kind === 'maintenance' ? shownResource(query, row.site) : undefined
  return resource === undefined ? text : toWritten(withResource(textOf(text), resource, codec))
}
