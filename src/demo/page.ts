import { createHash } from 'node:crypto'
import { demoUsers } from './users.ts'
import type { DemoUser } from './users.ts'

const STYLE = `
  :root { color-scheme: dark; font: 1.0625rem/1.5 system-ui, sans-serif; background: #0b1020; color: #e6eaf6 }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: radial-gradient(ellipse at top, #1b2750, transparent 70%) }
  main { box-sizing: border-box; width: min(28rem, 100%); padding: 2rem 1.25rem }
  h1 { margin: 0 0 .5rem; font-size: 1.75rem; line-height: 1.2 }
  p { margin: 0 0 1.5rem; color: #b6c0dd }
  strong { color: #ffd479 }
  form { display: grid; gap: .75rem }
  button { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: 1rem 1.25rem; font: inherit; font-weight: 600; text-align: start; color: inherit; background: #18213f; border: 1px solid #5a6aa3; border-radius: .75rem; cursor: pointer }
  button:hover { background: #24315f }
  button:focus-visible { outline: 3px solid #ffd479; outline-offset: 2px }
  small { font-size: .9375rem; font-weight: 400; color: #b6c0dd }`

const SUBMIT = 'document.forms[0].submit()'

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/**
 * The Content-Security-Policy of every page. `origins` are where a form may lead,
 * since browsers also hold the redirects that follow a form to `form-action`.
 */
export const policyOf = (origins: readonly string[]): string =>
  [
    "default-src 'none'",
    `style-src ${hashOf(STYLE)}`,
    `script-src ${hashOf(SUBMIT)}`,
    `form-action 'self' ${origins.join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join(';')

const escape = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const page = (title: string, body: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${body}
</main>
</body>
</html>
`

const button = ({ name, fullName, roles }: DemoUser, action: string) =>
  `<button formaction="${action}/${name}">${fullName} <small>${roles.includes('admin') ? 'Administrator' : 'Observer'}</small></button>`

/** The sign-in page. Each user is a button, which posts to `action` and the name. */
export const signInPage = (action: string): string =>
  page(
    'Demo sign-in',
    `
<p><strong>This is a demo.</strong> Anyone can sign in as anyone: there are no passwords, and nothing is private. Who would you like to be?</p>
<form method="post">
${demoUsers.map((user) => button(user, action)).join('\n')}
</form>`,
  )

/** The sign-out page. @param form the provider's form, with the id `op.logoutForm`. It submits itself; the button is for browsers without scripts. */
export const signOutPage = (form: string): string =>
  page(
    'Signing out',
    `
${form}
<p><input type="hidden" name="logout" value="yes" form="op.logoutForm"><button form="op.logoutForm">Sign out</button></p>
<script>${SUBMIT}</script>`,
  )

/** A page with a message. */
export const messagePage = (title: string, message: string): string => page(title, `<p>${escape(message)}</p>`)

/** A page of signing in with a code. @param form the provider's form, without its button */
export const devicePage = (message: string, form: string): string => {
  const [, id = ''] = /id="([^"]+)"/.exec(form) ?? []
  return page(
    'Sign in with a code',
    `<p>${escape(message)}</p>\n${form}\n<p><button form="${id}">Continue</button></p>`,
  )
}
