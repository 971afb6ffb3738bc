/** A process that attacks a calendar. Arguments: a port, the duration in ms, and names of attacks, each from its own address. */
import { ATTACKS } from '../test/process/attacks.ts'

const [port, lasting, first, ...names] = process.argv.slice(2)
const counts = await Promise.all(
  names.map(async (name, n) => [
    name,
    await ATTACKS[name]?.({ port: Number(port), from: `127.0.0.${Number(first) + n}`, lasting: Number(lasting) }),
  ]),
)
process.send?.(Object.fromEntries(counts))
process.disconnect?.()
