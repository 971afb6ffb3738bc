import { CliError } from '../cli/cli-error.ts'

/** Why a server cannot listen where the settings say, in words for whoever set them. */
export function listenError(cause: unknown, { PORT: port, HOST: host }: { readonly PORT: number; readonly HOST: string }): unknown {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new CliError('busy', `Port ${port} on ${host} is already in use: stop what listens there, or set PORT.`, { cause })
    case 'EACCES':
      return new CliError('unusable', `Port ${port} on ${host} cannot be used: this account may not listen there. Set PORT.`, { cause })
    case 'EADDRNOTAVAIL':
      return new CliError('unusable', `HOST ${host} is no address of this machine.`, { cause })
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CliError('unusable', `HOST ${host} is no address, and no name that this machine knows.`, { cause })
    case 'EPROTONOSUPPORT':
      return new CliError('settings', 'The socket that was handed over is not one of TCP: give its unit a ListenStream of an address and a port.', { cause })
    default:
      return cause
  }
}
