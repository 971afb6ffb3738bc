import { writeFileSync } from 'node:fs'
import { ENDPOINTS } from '../http/endpoints/index.ts'
import { PACKAGE_ROOT } from '../package-root.ts'
import { openApiOf } from '../http/openapi.ts'
import { version } from './wiring.ts'

/** Writes `openapi.json`; a test fails when it is stale. */
writeFileSync(new URL('openapi.json', PACKAGE_ROOT), `${JSON.stringify(openApiOf(ENDPOINTS, version), null, 2)}\n`)
