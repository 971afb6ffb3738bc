'use strict'

/** The allowed values of parameters. Any other value is rejected before anything is created. */
const CHOICES = {
  'sls:stage': ['dev', 'test', 'prod'],
  'param:table': ['create', 'existing'],
  'param:answers': ['streamed', 'whole'],
  'param:firewall': ['on', 'off'],
  'param:endpoint': ['REGIONAL', 'EDGE'],
  'param:gateway-log': ['create', 'existing', 'off'],
}
/** The handler of the function, and how the gateway transfers its responses. @type {Record<string, object>} */
const ANSWERS = { streamed: { handler: 'stream', transfer: 'STREAM' }, whole: { handler: 'api', transfer: 'BUFFERED' } }
/** @type {Record<string, string>} */
const BASE_PATHS = { dev: 'dev', test: 'test', prod: 'calendar' }

/** @param {{ resolveVariable: (name: string) => Promise<string> }} osls */
module.exports = async ({ resolveVariable }) => {
  for (const [name, choices] of Object.entries(CHOICES)) {
    const chosen = await resolveVariable(name)
    if (!choices.includes(chosen))
      throw rejection(`${name.split(':')[1]} must be ${choices.join(' or ')}, not ${chosen}.`)
  }
  const stage = await resolveVariable('sls:stage')
  return {
    name: `${await resolveVariable('self:service')}-${stage}`,
    basePath: BASE_PATHS[stage],
    answers: ANSWERS[await resolveVariable('param:answers')],
    // The path in the bundle: a function starts in the folder of its package.
    sitesFile: process.env['SITES_FILE'] ? 'sites.json' : '',
    writesPerMinute: firewallLimit(process.env['ANONYMOUS_CHANGES_PER_HOUR']),
    serviceKeys: await secretText('service-keys', resolveVariable),
    portalKeys: await secretText('portal-keys', resolveVariable),
    webhookSecrets: await secretText('webhook-secrets', resolveVariable),
  }
}

/**
 * CloudFormation inserts the keys when it creates the functions, so no template contains them. It reads them again only when
 * this text changes, so a new version of the secret needs a new version here.
 * @param {string} name @param {(name: string) => Promise<string>} resolveVariable
 */
async function secretText(name, resolveVariable) {
  const secret = await resolveVariable(`param:${name}-secret`)
  const version = await resolveVariable(`param:${name}-version`)
  return secret && `{{resolve:secretsmanager:${secret}:SecretString${version && `:::${version}`}}}`
}

/** AWS accepts no lower limit. */
const MIN_FIREWALL_LIMIT = 10

/**
 * The calls a minute that the firewall allows. The calendar counts changes in an hour; a firewall counts calls only.
 * @param {string | undefined} text the value of the calendar's setting
 */
function firewallLimit(text = '') {
  if (!/^\d{0,9}$/.test(text)) throw rejection(`ANONYMOUS_CHANGES_PER_HOUR must be a whole number, not ${text}.`)
  return Math.max(MIN_FIREWALL_LIMIT, Math.ceil(Number(text || 6000) / 50))
}

/** An error without a stack trace, because osls prints it. @param {string} sentence */
const rejection = (sentence) => Object.assign(new Error(sentence), { stack: sentence })
