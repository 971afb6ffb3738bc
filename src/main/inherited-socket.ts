import { CliError } from '../cli/cli-error.ts'

/** Where systemd's descriptors begin. */
const FIRST_DESCRIPTOR = 3

/**
 * The descriptor of a listening socket that was handed to the process of that number, as systemd does for a `.socket`
 * unit; undefined where none was.
 * @throws CliError when it is not one socket
 */
export function inheritedSocket({ LISTEN_PID, LISTEN_FDS }: Readonly<Record<string, string | undefined>>, pid: number): number | undefined {
  if (LISTEN_FDS === undefined || Number(LISTEN_PID) !== pid) return undefined
  if (LISTEN_FDS !== '1') throw new CliError('settings', `LISTEN_FDS is ${LISTEN_FDS}: the calendar listens on one socket. Give its unit one ListenStream.`)
  return FIRST_DESCRIPTOR
}
