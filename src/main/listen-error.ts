import { CliError } from '../cli/cli-error.ts'

/** Explains an error of listening in one sentence for the operator. Other errors are returned as they are. */
export function listenError(
  cause: unknown,
  { PORT: port, HOST: host }: { readonly PORT: number; readonly HOST: string },
): unknown {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new CliError('busy', `Port ${port} on ${host} is already in use: stop what listens there, or set PORT.`, {
        cause,
      })
    case 'EACCES':
      return new CliError(
        'unusable',
        `Port ${port} on ${host} cannot be used: this account may not listen there. Set PORT.`,
        { cause },
      )
    case 'EADDRNOTAVAIL':
      return new CliError('unusable', `HOST ${host} is no address of this machine.`, { cause })
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CliError('unusable', `HOST ${host} is no address, and no name that this machine knows.`, { cause })
    case 'EPROTONOSUPPORT':
      return new CliError(
        'settings',
        'The inherited socket is not a TCP socket: give its unit a ListenStream with an address and a port.',
        { cause },
      )
    default:
      return cause
  }
}
