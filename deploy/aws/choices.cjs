'use strict'

/** What may be chosen. Anything else is refused before anything is made. */
const CHOICES = {
  'sls:stage': ['dev', 'test', 'prod'],
  'param:table': ['create', 'existing'],
  'param:answers': ['streamed', 'whole'],
  'param:firewall': ['on', 'off'],
  'param:endpoint': ['REGIONAL', 'EDGE'],
  'param:gateway-log': ['create', 'existing', 'off'],
}
/** Which function answers, and how the gateway hands its answers on. @type {Record<string, object>} */
const ANSWERS = { streamed: { handler: 'stream', transfer: 'STREAM' }, whole: { handler: 'api', transfer: 'BUFFERED' } }
/** @type {Record<string, string>} */
const BASE_PATHS = { dev: 'dev', test: 'test', prod: 'calendar' }

/** @param {{ resolveVariable: (name: string) => Promise<string> }} osls */
module.exports = async ({ resolveVariable }) => {
  for (const [name, choices] of Object.entries(CHOICES)) {
    const chosen = await resolveVariable(name)
    if (!choices.includes(chosen))
      throw rejection(`${name.split(':')[1]} must be ${choices.join(' or ')}, and not ${chosen}.`)
  }
  const stage = await resolveVariable('sls:stage')
  const secret = await resolveVariable('param:service-keys-secret')
  const version = await resolveVariable('param:service-keys-version')
  return {
    name: `${await resolveVariable('self:service')}-${stage}`,
    basePath: BASE_PATHS[stage],
    answers: ANSWERS[await resolveVariable('param:answers')],
    // Where the bundle has it: a function begins in its package's folder.
    sitesFile: process.env['SITES_FILE'] ? 'sites.json' : '',
    writesPerMinute: firewallLimit(process.env['ANONYMOUS_CHANGES_PER_HOUR']),
    // CloudFormation puts the keys in when it makes the functions, so that they stand in no template. It looks again
    // when this text changes: with another version.
    serviceKeys: secret && `{{resolve:secretsmanager:${secret}:SecretString${version && `:::${version}`}}}`,
  }
}

/** AWS takes no limit below this. */
const LEAST_OF_A_FIREWALL = 10

/**
 * The calendar counts changes in an hour; a firewall can only count calls, and soon forgets them.
 * @param {string | undefined} text as the calendar's setting has it
 */
function firewallLimit(text = '') {
  if (!/^\d{0,9}$/.test(text)) throw rejection(`ANONYMOUS_CHANGES_PER_HOUR must be a whole number, and not ${text}.`)
  return Math.max(LEAST_OF_A_FIREWALL, Math.ceil(Number(text || 6000) / 50))
}

/** osls prints the stack; where in here it was thrown helps nobody. @param {string} sentence */
const rejection = (sentence) => Object.assign(new Error(sentence), { stack: sentence })
