'use strict'

const { existsSync } = require('node:fs')
const path = require('node:path')

/** What bundle.js made, and its archive beside it. */
const PACKAGE = path.join(__dirname, '../../build/lambda')

/**
 * A part of osls: refuses to package functions that are told of sites which their package has not, and would answer each
 * request with a 503; or that are not told of those it has.
 */
module.exports = class {
  hooks = { 'before:package:initialize': assertSitesArePackaged }
}

function assertSitesArePackaged() {
  const named = Boolean(process.env['SITES_FILE'])
  const packaged = existsSync(path.join(PACKAGE, 'sites.json'))
  if (named && !packaged)
    throw rejection(
      'SITES_FILE is set, and the package holds no sites: run npm run build:lambda with the same SITES_FILE.',
    )
  if (!named && packaged)
    throw rejection(
      'The package holds sites, and SITES_FILE is not set: set it, or run npm run build:lambda without it.',
    )
}

/** osls prints the stack; where in here it was thrown helps nobody. @param {string} sentence */
const rejection = (sentence) => Object.assign(new Error(sentence), { stack: sentence })
