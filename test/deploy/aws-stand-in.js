// @ts-check
// A fake of the AWS command line with the commands of deploy.sh. Its state is in the folder `AWS`: the template of the
// stack in `stack`, the objects of the bucket in `bucket`, and the arguments of each call in `calls`.
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const home = process.env['AWS'] ?? ''
const args = process.argv.slice(2)
appendFileSync(join(home, 'calls'), `${JSON.stringify(args)}\n`)
/** @param {string} name */
const option = (name) => args[args.indexOf(name) + 1] ?? ''
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
  'cloudformation describe-stack-resource': () =>
    existsSync(stack) && !process.env['BLIND'] ? console.log('the-bucket') : fail('Stack does not exist'),
  'cloudformation create-stack': () =>
    existsSync(stack) ? fail('AlreadyExistsException') : writeFileSync(stack, option('--template-body')),
  'cloudformation wait': () => {},
  'cloudformation deploy': () => writeFileSync(stack, option('--template-file')),
  'cloudformation update-termination-protection': () => {},
  'cloudformation describe-stacks': () => console.log(process.env['ADDRESS']),
  's3 cp': () => {
    const target = inBucket(args[4] ?? '')
    mkdirSync(dirname(target), { recursive: true })
    cpSync(args[3] ?? '', target)
  },
  's3 rm': () => rmSync(inBucket(args[4] ?? ''), { recursive: true }),
  's3api list-objects-v2': () => {
    for (const name of readdirSync(inBucket(option('--prefix')))) console.log(`${option('--prefix')}${name}/`)
  },
}
const command = commands[args.slice(0, 2).join(' ')] ?? fail(`${args.join(' ')} is not implemented`)
command()
