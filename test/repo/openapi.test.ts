import { validate } from '@readme/openapi-parser'
import { expect, it } from 'vitest'

it('commits an openapi.json that is valid OpenAPI', async () => {
  expect(await validate('openapi.json')).toMatchObject({ valid: true, specification: 'OpenAPI' })
})
