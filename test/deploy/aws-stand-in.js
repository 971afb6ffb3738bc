// @ts-check
// Stands in for the AWS command line, as far as deploy.sh goes: `AWS` is a folder, in which `stack` is there where there
// is one, `bucket` holds what was put into it, and `said` each call.
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const home = process.env['AWS'] ?? ''
const words = process.argv.slice(2)
appendFileSync(join(home, 'said'), `${JSON.stringify(words)}\n`)
/** @param {string} name */
const option = (name) => words[words.indexOf(name) + 1] ?? ''
/** @param {string} address */
const inBucket = (address) => join(home, 'bucket', address.replace('s3://the-bucket/', ''))
const stack = join(home, 'stack')

/** @param {string} sentence @returns {never} */
function fail(sentence) {
  console.error(sentence)
  process.exit(254)
}

/** @type {Record<string, () => void>} */
const commands = {
  'cloudformation describe-stack-resource': () => (existsSync(stack) && !process.env['BLIND'] ? console.log('the-bucket') : fail('Stack does not exist')),
  'cloudformation create-stack': () => (existsSync(stack) ? fail('AlreadyExistsException') : writeFileSync(stack, option('--template-body'))),
  'cloudformation wait': () => {},
  'cloudformation deploy': () => writeFileSync(stack, option('--template-file')),
  'cloudformation update-termination-protection': () => {},
  'cloudformation describe-stacks': () => console.log(process.env['ADDRESS']),
  's3 cp': () => {
    const target = inBucket(words[4] ?? '')
    mkdirSync(dirname(target), { recursive: true })
    cpSync(words[3] ?? '', target)
  },
  's3 rm': () => rmSync(inBucket(words[4] ?? ''), { recursive: true }),
  's3api list-objects-v2': () => {
    for (const name of readdirSync(inBucket(option('--prefix')))) console.log(`${option('--prefix')}${name}/`)
  },
}
const command = commands[words.slice(0, 2).join(' ')] ?? fail(`${words.join(' ')} stands in for nothing`)
command()
