import type { Database } from 'better-sqlite3'
import { MASKING_VERSION } from '../../domain/masking.ts'
import type { Codec } from '../port.ts'
import { decoded, maskedDoc } from './rows.ts'

/** What the texts in a file were made by: how events are written, and how they are masked. */
const encodingVersionOf = (codec: Codec): string => `${codec.encodingVersion}.${MASKING_VERSION}`

/** Texts with nothing of this in them are alike in all editions. */
const textDiffers = (text: string) => ['@', 'undefined#undefined', '"project":', '"moved_from":', '"series_id":'].map((part) => `instr(${text}, '${part}') > 0`).join(' OR ')

/** Whether all texts in a file are as they would be written now. A file of an older schema does not say so. */
export function isCurrentEncoding(db: Database, codec: Codec): boolean {
  const known = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'edition'").get()
  return known !== undefined && db.prepare('SELECT texts FROM edition').pluck().get() === encodingVersionOf(codec)
}

/** Makes texts of another edition anew, all or none, so that lists may go on going out as they are kept. */
export function reencodeTexts(db: Database, codec: Codec): void {
  if (db.readonly || isCurrentEncoding(db, codec)) return
  const again = (text: string) => {
    const reservation = decoded(text, codec)
    return reservation ? codec.encode(reservation) : text
  }
  const maskedAgain = (text: string, masked: string | null) => {
    const reservation = decoded(text, codec)
    return reservation ? maskedDoc(reservation, codec) : masked
  }
  db.function('written_again', (text) => (typeof text === 'string' ? again(text) : null))
  db.function('masked_again', (text, masked) => maskedAgain(text as string, masked as string | null))
  db.transaction(() => {
    db.exec(`
      UPDATE reservations SET doc = written_again(doc), masked = masked_again(doc, masked) WHERE masked IS NOT NULL OR ${textDiffers('doc')};
      UPDATE revisions SET before = written_again(before), after = written_again(after) WHERE ${textDiffers('before')} OR ${textDiffers('after')};`)
    db.prepare('UPDATE edition SET texts = ?').run(encodingVersionOf(codec))
  }).immediate()
}
