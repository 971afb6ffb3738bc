import { readFileSync, writeFileSync } from 'node:fs'
import type { OpenApi } from './operations.ts'
import { clientReference, START, WRITTEN } from './reference.ts'
import { clientSource } from './source.ts'

/** Writes the client's functions and their reference; a test fails when they are stale. */
const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenApi
writeFileSync('src/client/endpoints.ts', clientSource(document))
const sources = WRITTEN.map((file) => readFileSync(file, 'utf8'))
const [introduction] = readFileSync('docs/client.md', 'utf8').split(START)
writeFileSync('docs/client.md', `${introduction}${START}${clientReference(document, sources)}`)
