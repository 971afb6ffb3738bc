import { marksFor, type Terminal } from '../cli/night-picture.ts'
import type { Io } from './io.ts'

/** Only a terminal has columns. */
export const terminalOf = ({ environment, out }: Io): Terminal => ({
  marks: marksFor(environment),
  columns: (out as { columns?: number }).columns || Infinity,
})
