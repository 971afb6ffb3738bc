import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { examplesIn, masked, runExample } from '../examples.ts'
import { portal, observation } from '../portal.ts'
import { KEY, serveHere, type TestServer } from '../server.ts'

const PAGES = readdirSync('docs/neighbours').filter((page) => page !== 'README.md')

const variablesOf = (server: TestServer) => ({
  CALENDAR: `${server.address}${server.base}`,
  ADA: server.tokens.ada,
  BO: server.tokens.bo,
  GRACE: server.tokens.grace,
  KEY,
})

it.each(PAGES)('the examples of %s are what the calendar answers', async (page) => {
  const { url } = await portal(() => [observation(4)])
  const server = await serveHere({ PORTALS: `mrc=${url}`, PORTAL_TELESCOPES: 'mrc1=mrc/0m31' })
  const examples = examplesIn(`docs/neighbours/${page}`)
  expect(examples.length).toBeGreaterThan(2)
  expect(readFileSync(`docs/neighbours/${page}`, 'utf8').match(/^```sh$/gm)).toHaveLength(examples.length)
  let CURSOR = ''
  for (const { command, status, answer } of examples) {
    const reply = await runExample(command, { ...variablesOf(server), CURSOR })
    expect({ command, status: reply.status, answer: masked(reply.answer, answer) }).toEqual({ command, status, answer })
    CURSOR = (Object(reply.answer) as { cursor?: string }).cursor ?? CURSOR
  }
})
