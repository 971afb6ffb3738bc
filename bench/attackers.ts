/** Attacks a calendar, as a process of its own. Words: a port, how long in ms, and the names of attacks, each from an address of its own. */
import { ATTACKS } from '../test/process/attacks.ts'

const [port, lasting, first, ...names] = process.argv.slice(2)
const counts = await Promise.all(
  names.map(async (name, n) => [name, await ATTACKS[name]?.({ port: Number(port), from: `127.0.0.${Number(first) + n}`, lasting: Number(lasting) })]),
)
process.send?.(Object.fromEntries(counts))
process.disconnect?.()
