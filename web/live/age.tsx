import { ageWords } from './age-words.ts'
import { now, useNow } from './clock.ts'
import type { Reading } from './readings.ts'
import './age.css'

/** Says how old a reading is, where it is not fresh. */
export function ReadingAge({ reading }: { reading: Pick<Reading, 'readAt' | 'problem'> }) {
  useNow(15)
  return <p role="status" class="reading-age">{ageWords(reading, now())}</p>
}
