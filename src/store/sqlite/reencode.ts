import type { Database } from 'better-sqlite3'
import { MASKING_VERSION } from '../../domain/masking.ts'
import type { Codec } from '../port.ts'
import { decoded, maskedDoc } from './rows.ts'

/** The version of the texts in a file: of their encoding and of their masking. */
const encodingVersionOf = (codec: Codec): string => `${codec.encodingVersion}.${MASKING_VERSION}`

/** SQL: whether a text may differ between versions. Texts without any of these parts are the same in all versions. */
const textDiffers = (text: string) =>
  ['@', 'undefined#undefined', '"project":', '"moved_from":', '"series_id":']
    .map((part) => `instr(${text}, '${part}') > 0`)
    .join(' OR ')

/** Whether all texts in a file have the current version. False for files of an older schema. */
export function isCurrentEncoding(db: Database, codec: Codec): boolean {
  const known = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'encoding'").get()
  return known !== undefined && db.prepare('SELECT version FROM encoding').pluck().get() === encodingVersionOf(codec)
}

/** Rewrites the texts of an older version, in one transaction, so that lists can return texts as stored. */
export function reencodeTexts(db: Database, codec: Codec): void {
  if (db.readonly || isCurrentEncoding(db, codec)) return
  const reencoded = (text: string) => {
    const reservation = decoded(text, codec)
    return reservation ? codec.encode(reservation) : text
  }
  const remasked = (text: string, masked: string | null) => {
    const reservation = decoded(text, codec)
    return reservation ? maskedDoc(reservation, codec) : masked
  }
  db.function('reencoded', (text) => (typeof text === 'string' ? reencoded(text) : null))
  db.function('remasked', (text, masked) => remasked(text as string, masked as string | null))
  db.transaction(() => {
    db.exec(`
      UPDATE reservations SET doc = reencoded(doc), masked = remasked(doc, masked) WHERE masked IS NOT NULL OR ${textDiffers('doc')};
      UPDATE revisions SET before = reencoded(before), after = reencoded(after) WHERE ${textDiffers('before')} OR ${textDiffers('after')};`)
    db.prepare('UPDATE encoding SET version = ?').run(encodingVersionOf(codec))
  }).immediate()
}
