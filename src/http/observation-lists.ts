import { sortInChunks, yieldToEventLoop } from '../concurrency.ts'
import { type Interval, overlaps } from '../domain/interval.ts'
import { jsonArray, lengthOf, type Written, writer } from '../json-bytes.ts'
import type { ObservationCodec } from '../sources/portals.ts'
import { maskedData, type ObservationOutline, observationToWire, outlineOf } from '../wire/observation.ts'
import { writeTime } from '../wire/time.ts'
import { assertListSize } from './json-list.ts'

/** An observation as JSON. */
interface Entry extends ObservationOutline {
  readonly whole: Written
  readonly masked: Written
}

/**
 * Writes observations as JSON lists, by start, then id. One without an id, or with an interval that is none, is left out.
 * @param onSkipped called with the number of those that were left out
 */
export const observationCodec = (onSkipped: (site: string, count: number) => void): ObservationCodec => ({
  writeTime,
  async encode(site, during, chunks) {
    const entries: Entry[] = []
    const write = entryWriter(site, during)
    let [sent, skipped, size] = [0, 0, 0]
    for await (const chunk of chunks) {
      const written = chunk.map(write)
      sent += written.length
      skipped += written.filter((one) => one === 'malformed').length
      entries.push(...written.filter((one) => typeof one !== 'string'))
      size += written.reduce((sum, one) => sum + sizeOf(one), 0)
      assertListSize(size)
      await yieldToEventLoop()
    }
    if (sent > 0 && sent === skipped) throw new Error('nothing that the portal sent is an observation')
    if (skipped > 0) onSkipped(site, skipped)
    return joined(await sortInChunks(entries, (a, b) => a.start - b.start || (a.id < b.id ? -1 : 1)))
  },
})

/** In bytes. */
const sizeOf = (one: Entry | 'malformed' | 'elsewhere') => (typeof one === 'string' ? 0 : lengthOf(one.whole))

/** Writes one observation, if it overlaps `during`. */
function entryWriter(site: string, during: Interval) {
  const write = writer()
  return (data: Readonly<Record<string, unknown>>): Entry | 'malformed' | 'elsewhere' => {
    const outline = outlineOf(data)
    if (!outline) return 'malformed'
    if (!overlaps(outline, during)) return 'elsewhere'
    const textOf = (one: typeof data) => write(JSON.stringify(observationToWire(outline, one, site)))
    const [whole, public_] = [textOf(data), maskedData(data)]
    return { ...outline, whole, masked: public_ === data ? whole : textOf(public_) }
  }
}

async function joined(entries: readonly Entry[]) {
  const whole = await jsonArray(entries.map((entry) => entry.whole))
  const isSame = entries.every((entry) => entry.masked === entry.whole)
  return { whole, masked: isSame ? whole : await jsonArray(entries.map((entry) => entry.masked)) }
}
