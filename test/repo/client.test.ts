import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { OpenApi } from '../../dev/client/operations.ts'
import { clientReference, START } from '../../dev/client/reference.ts'
import { clientSource } from '../../dev/client/source.ts'

const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenApi

it('commits the functions of the client as openapi.json makes them', () => {
  const committed = readFileSync('src/client/endpoints.ts', 'utf8')
  expect(committed, 'src/client/endpoints.ts is stale: npm run openapi').toBe(clientSource(document))
})

it('commits their reference', () => {
  const [, committed] = readFileSync('docs/client.md', 'utf8').split(START)
  expect(committed, 'docs/client.md is stale: npm run openapi').toBe(clientReference(document))
})
