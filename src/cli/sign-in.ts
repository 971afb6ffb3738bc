import * as oidc from 'openid-client'
import type { Instant } from '../domain/interval.ts'
import { printable } from '../domain/text.ts'
import { writeTime } from '../wire/time.ts'
import { CliError, interruptedError } from './cli-error.ts'
import type { CommandResult } from './outcome.ts'

export interface SignInArguments {
  /** The address of the OpenID Connect provider: https, or on this machine. */
  readonly issuer: string
  readonly clientId: string
  readonly audience: string
  readonly signal: AbortSignal
  readonly now: () => Instant
  /** Prints a line for the person who signs in. */
  readonly say: (line: string) => void
}

/**
 * Signs in with a device code (RFC 8628): the person opens an address in any browser, and enters a code. The token is only printed,
 * and kept nowhere.
 * @throws CliError
 */
export async function signIn(asked: SignInArguments): Promise<CommandResult> {
  const { issuer, signal } = asked
  try {
    const { access_token: token, expires_in: lifetime } = await tokenFor(asked)
    const expires = lifetime === undefined ? null : writeTime(Math.floor(asked.now() + lifetime))
    return { report: { token, expires }, text: `${token}\n` }
  } catch (error) {
    if (signal.aborted) throw interruptedError(signal)
    if (error instanceof CliError) throw error
    throw toSentence(error, issuer)
  }
}

/** How long the issuer may take to answer, in seconds. */
const TIMEOUT_S = 20

async function tokenFor({ issuer, clientId, audience, signal, say }: SignInArguments) {
  const server = new URL(issuer)
  // The address of an issuer on this machine, as that of the demo, needs no encryption.
  const execute = server.protocol === 'http:' ? [oidc.allowInsecureRequests] : []
  const config = await oidc.discovery(server, clientId, undefined, oidc.None(), { execute, timeout: TIMEOUT_S })
  if (config.serverMetadata().device_authorization_endpoint === undefined)
    throw new CliError('refused', `${issuer} has no device codes; CALENDAR_TOKEN or --token gives a token.`)
  signal.throwIfAborted()
  const device = await oidc.initiateDeviceAuthorization(config, { scope: 'openid profile', audience })
  say(`Open ${printable(device.verification_uri, 2000)} and enter the code ${printable(device.user_code, 100)}`)
  if (device.verification_uri_complete !== undefined)
    say(`or open ${printable(device.verification_uri_complete, 2000)}`)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(device.expires_in * 1000)])
  const poll = oidc.pollDeviceAuthorizationGrant(config, device, undefined, { signal: limit })
  return Promise.race([poll, rejectionBy(limit)])
}

/** The library only looks at a signal between its pauses, which are of 5 seconds and more. */
const rejectionBy = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })

const EXPIRED = 'The code has expired; run the command again.'

/** Of the codes of RFC 8628, section 3.5. */
const SENTENCES: Readonly<Record<string, string>> = {
  access_denied: 'Signing in was declined.',
  expired_token: EXPIRED,
}

function toSentence(cause: unknown, issuer: string): CliError {
  if (cause instanceof oidc.ResponseBodyError) {
    const reason = printable(cause.error_description ?? cause.error, 300)
    return new CliError('refused', SENTENCES[cause.error] ?? `${issuer} refuses to sign in: ${reason}.`, { cause })
  }
  if (cause instanceof DOMException && cause.name === 'TimeoutError') return new CliError('refused', EXPIRED, { cause })
  return new CliError('no_answer', `${issuer} does not answer as a sign-in service does.`, { cause })
}
