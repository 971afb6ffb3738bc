import { CliError } from '../cli/cli-error.ts'

/** The first descriptor that systemd passes. */
const FIRST_DESCRIPTOR = 3

/**
 * The descriptor of the listening socket that systemd has passed to the process for a `.socket` unit; undefined if it
 * has not.
 * @param pid the process id, which must match `LISTEN_PID`
 * @throws CliError if it has passed several
 */
export function inheritedSocket(
  { LISTEN_PID, LISTEN_FDS }: Readonly<Record<string, string | undefined>>,
  pid: number,
): number | undefined {
  if (LISTEN_FDS === undefined || Number(LISTEN_PID) !== pid) return undefined
  if (LISTEN_FDS !== '1')
    throw new CliError(
      'settings',
      `LISTEN_FDS is ${LISTEN_FDS}: the calendar listens on one socket. Give its unit one ListenStream.`,
    )
  return FIRST_DESCRIPTOR
}
