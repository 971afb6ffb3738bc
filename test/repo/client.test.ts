import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as client from '../../src/client/calendar.ts'
import { ENDPOINTS } from '../../src/client/endpoints.ts'
import type { OpenApi } from '../../dev/client/operations.ts'
import { clientReference, START, WRITTEN } from '../../dev/client/reference.ts'
import { clientSource } from '../../dev/client/source.ts'

const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenApi

it('commits the functions of the client as openapi.json makes them', () => {
  const committed = readFileSync('src/client/endpoints.ts', 'utf8')
  expect(committed, 'src/client/endpoints.ts is stale: npm run openapi').toBe(clientSource(document))
})

it('commits their reference', () => {
  const [, committed] = readFileSync('docs/client.md', 'utf8').split(START)
  const sources = WRITTEN.map((file) => readFileSync(file, 'utf8'))
  expect(committed, 'docs/client.md is stale: npm run openapi').toBe(clientReference(document, sources))
})

it('has everything that the package offers in the documentation, and a section for each function', () => {
  const page = readFileSync('docs/client.md', 'utf8')
  expect(Object.keys(client).filter((name) => !page.includes(`\`${name}`))).toEqual([])
  const sections = [...page.matchAll(/^### (\w+)\n\n.+\n\n```ts$/gm)].map(([, name]) => name)
  expect(sections).toEqual(['changes', 'calendarAt', 'revisionOf', ...Object.keys(ENDPOINTS)])
})
