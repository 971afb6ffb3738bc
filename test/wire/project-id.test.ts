import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProjectId, writeProjectId } from '../../src/wire/project-id.ts'

describe("a project's id", () => {
  it.each([
    ['M31#2030-01-01T00:00:00Z', 'M31', '2030-01-01T00:00:00Z'],
    ['NGC 7000 #2#2030', 'NGC 7000 #2', '2030'],
    ['##2030', '#', '2030'],
    ['none#2030', 'none', '2030'],
    ['M31#not a time', 'M31', 'not a time'],
    [`${'n'.repeat(5000)}#12345`, 'n'.repeat(5000), '12345'],
  ])('is split at its last #: %s', (text, name, createdAt) => {
    expect(parseProjectId(text)).toEqual({ name, createdAt })
    expect(writeProjectId({ name, createdAt })).toBe(text)
  })

  it.each(['none', 'none#', 'none#undefined', 'undefined#undefined', ''])('may mean no project: "%s"', (text) => {
    expect(parseProjectId(text)).toBeNull()
  })

  it('is written "none" without a project', () => {
    expect(writeProjectId(undefined)).toBe('none')
  })

  it.each([
    ['has no #', 'M31'],
    ['has no name', '#2030'],
    ['has nothing after its #', 'M31#'],
    ['is # alone', '#'],
    ['is none in other letters', 'None'],
  ])('is rejected if it %s', (_, text) => {
    expect(parseProjectId(text)).toBeUndefined()
  })

  it('is read back as it was written', () => {
    const aName = fc.string({ minLength: 1, maxLength: 100 })
    const aTime = fc.string({ minLength: 1, maxLength: 100 }).filter((text) => !text.includes('#'))
    fc.assert(
      fc.property(aName, aTime, (name, createdAt) => {
        fc.pre(!(['none', 'undefined'].includes(name) && createdAt === 'undefined'))
        expect(parseProjectId(writeProjectId({ name, createdAt }))).toEqual({ name, createdAt })
      }),
    )
  })
})
