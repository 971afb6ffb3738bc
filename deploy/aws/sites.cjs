'use strict'

const { existsSync } = require('node:fs')
const path = require('node:path')

/** The output of bundle.js. */
const PACKAGE = path.join(__dirname, '../../build/lambda')

/**
 * A plugin of osls. Refuses to package functions whose SITES_FILE is not in the package, because they would answer each
 * request with 503; or whose package has sites but no SITES_FILE names them.
 */
module.exports = class {
  hooks = { 'before:package:initialize': assertSitesArePackaged }
}

function assertSitesArePackaged() {
  const named = Boolean(process.env['SITES_FILE'])
  const packaged = existsSync(path.join(PACKAGE, 'sites.json'))
  if (named && !packaged)
    throw rejection(
      'SITES_FILE is set, but the package contains no sites: run npm run build:lambda with the same SITES_FILE.',
    )
  if (!named && packaged)
    throw rejection(
      'The package contains sites, but SITES_FILE is not set: set it, or run npm run build:lambda without it.',
    )
}

/** An error without a stack trace, because osls prints it. @param {string} sentence */
const rejection = (sentence) => Object.assign(new Error(sentence), { stack: sentence })
