import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { userNamed } from '../../src/demo/users.ts'

/** The browser sends no requests of its own. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts a browser. @throws Error if there is none */
export const launchChromium = (...flags: readonly string[]): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumOnPath(), args: [...FLAGS, ...flags] })

/** The first has no window around a page, which takes more CPU time than many a page. */
const NAMES = ['chromium-headless-shell', 'chromium', 'google-chrome', 'chromium-browser']

/** The executable in the variable `CHROMIUM`, or Debian's or Google's. @throws Error if there is none */
function chromiumOnPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  const found = [process.env['CHROMIUM'] ?? '', ...candidates].find(isExecutable)
  if (found === undefined) throw new Error('The tests need Chromium; please install it, or name it in CHROMIUM.')
  return found
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return file !== ''
  } catch {
    return false
  }
}

/** Who is signed in, with which token, and what the page looks like. */
export interface Stored {
  /** The short name of a demo user; nobody if absent. */
  readonly as?: string | undefined
  readonly token?: string | undefined
  readonly now?: Date | undefined
  readonly theme?: string | undefined
}

/** A script that fills the storage of the page's origin: the sign-in, valid for an hour by the browser's clock, and the theme. */
export function storageScript(address: string, { as, token, now = new Date(), theme }: Stored): string {
  const issuer = `${address}/demo-identity`
  const profile = as && userNamed(as)
  const user = profile && {
    access_token: token,
    token_type: 'Bearer',
    scope: 'openid profile',
    expires_at: Math.floor(now.getTime() / 1000) + 3600,
    profile: { sub: profile.sub, name: profile.fullName, iss: issuer, aud: 'photonranch-calendar' },
  }
  const setItem = (storage: string, name: string, value: string) =>
    `${storage}.setItem(${JSON.stringify(name)}, ${JSON.stringify(value)})`
  const statements = [
    ...(user ? [setItem('sessionStorage', `oidc.user:${issuer}:photonranch-calendar`, JSON.stringify(user))] : []),
    ...(theme ? [setItem('localStorage', 'theme', theme)] : []),
  ]
  return `if (location.origin === ${JSON.stringify(address)}) { ${statements.join('; ')} }`
}
