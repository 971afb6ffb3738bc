import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { serve, type TestServer } from '../server.ts'
import { command } from './folder.ts'

let server: TestServer
let at: Record<string, string>
beforeAll(async () => {
  server = await serve()
  at = { CALENDAR_URL: `${server.address}${server.base}` }
})
afterAll(() => server.stop())

const runAs = (name: 'ada' | 'bo', ...args: string[]) => command({ ...at, CALENDAR_TOKEN: server.tokens[name] }, args)
const statusAt = async (address: string) => (await fetch(address)).status

describe('feeds', () => {
  it('are made with an address that is shown once, listed without it, and revoked', async () => {
    expect(await runAs('ada', 'feeds')).toMatchObject({ code: EXIT.done, out: 'You have no feeds.\n', err: '' })
    const { code, out, err } = await runAs('ada', 'feeds', 'make')
    const [address = '', warning, hint = ''] = out.split('\n')
    expect([code, err]).toEqual([EXIT.done, ''])
    expect(address).toMatch(new RegExp(`^${at['CALENDAR_URL']}/feeds/[\\w-]{43}\\.ics$`))
    expect(warning).toBe('Whoever has this address can read your reservations. It is not shown again.')
    const [, id = ''] = /^To revoke it: photonranch-calendar feeds revoke ([0-9a-f]{16})$/.exec(hint) ?? []
    expect(await statusAt(address)).toBe(200)
    const { out: listed } = await runAs('ada', 'feeds')
    expect(listed).toMatch(new RegExp(`^id +made\n${id}  \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\n$`))
    expect(listed).not.toContain(address.slice(-47, -4))
    expect((await runAs('ada', 'feeds', 'revoke', id)).out).toBe(`Revoked: ${id}\n`)
    expect([await statusAt(address), (await runAs('ada', 'feeds')).out]).toEqual([404, 'You have no feeds.\n'])
  })

  it('are reported as JSON', async () => {
    const json = async (...args: string[]) => JSON.parse((await runAs('bo', 'feeds', ...args, '--json')).out)
    const { at: asked, made } = await json('make')
    expect(asked).toBe(`${at['CALENDAR_URL']}/`)
    expect(Object.keys(made)).toEqual(['feed_id', 'made_at', 'address'])
    expect(await statusAt(made.address)).toBe(200)
    const { feed_id, made_at } = made
    expect(await json()).toEqual({ at: asked, feeds: [{ feed_id, made_at }] })
    expect(await json('revoke', feed_id)).toEqual({ at: asked, revoked: feed_id, feeds: [] })
  })

  it('take the address and the token that the options name', async () => {
    const token = { input: Readable.from([Buffer.from(server.tokens.bo)]) }
    const args = ['feeds', 'make', '--at', `${server.address}${server.base}`, '--token', '-']
    expect((await command({}, args, token)).out).toMatch(/\/feeds\/[\w-]{43}\.ics\n/)
  })

  it('are refused in one sentence without a token, to a stranger, and beyond the most', async () => {
    expect(await command(at, ['feeds'])).toMatchObject({
      code: EXIT.unable,
      err: expect.stringMatching(/ CALENDAR_TOKEN or --token gives a token; sign-in prints one\.\n$/),
    })
    const [address = ''] = (await runAs('ada', 'feeds', 'make')).out.split('\n')
    const [, id = ''] = (await runAs('ada', 'feeds')).out.match(/([0-9a-f]{16})/) ?? []
    expect(await runAs('bo', 'feeds', 'revoke', id)).toMatchObject({
      code: EXIT.unable,
      out: '',
      err: 'You have no such feed.\n',
    })
    expect(await statusAt(address)).toBe(200)
    for (let n = 1; n < 10; n += 1) expect((await runAs('ada', 'feeds', 'make')).code).toBe(EXIT.done)
    const { code, err } = await runAs('ada', 'feeds', 'make')
    expect([code, err]).toEqual([EXIT.usage, 'You have 10 feeds, the most there may be; revoke one of them first.\n'])
  })
})
