import type { Locator } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { at } from '../context.ts'
import { freshId } from '../server.ts'
import { setUpBrowser, shoot, type BrowserSetup } from './browser.ts'
import { settled } from './settled.ts'

let setup: BrowserSetup
beforeAll(async () => {
  setup = await setUpBrowser()
  const reserve = (start: string, end: string, title: string, note: string) =>
    setup.calendar('ada').reserve(freshId(), {
      site: 'saf',
      start: at(start),
      end: at(end),
      title,
      note,
      kind: 'project',
      project: { name: 'Local Group', createdAt: '2030-01-01T00:00:00Z' },
    })
  await reserve('2030-03-15T03:00:00Z', '2030-03-15T06:00:00Z', 'M51', `Guide on HD 1. ${'אבגד '.repeat(30)}`)
  await reserve('2030-03-15T06:00:00Z', '2030-03-15T06:45:00Z', 'M92', 'After the Moon has set <b>')
  await reserve('2030-03-15T07:00:00Z', '2030-03-15T08:00:00Z', 'M13', 'Two lines')
  return () => setup.close()
})

const NOW = new Date('2030-03-15T01:00:00Z')

/** The lines of a block that are seen, each whole. */
const linesOf = (block: Locator) =>
  block.locator('.block-text').evaluate((text) => {
    const [frame, block] = [text.getBoundingClientRect(), (text.parentElement as HTMLElement).getBoundingClientRect()]
    return [...text.children]
      .map((line) => ({ box: line.getBoundingClientRect(), line }))
      .filter(({ box }) => box.height > 0 && box.left < block.right)
      .map(({ box, line }) => ({
        text: line.textContent,
        isWhole: box.top >= block.top && box.bottom <= Math.min(block.bottom, frame.bottom + 1),
      }))
  })

describe('the text of a block', () => {
  it('has the project and the note in a night that is 1400 or 1920 px wide, in whole lines', async () => {
    const page = await setup.open({ path: '/saf?view=night&night=2030-03-14', now: NOW, as: 'bo' })
    const linesIn = (name: RegExp) => linesOf(page.getByRole('button', { name }))
    const textsIn = async (name: RegExp) => (await linesIn(name)).map(({ text }) => text)
    for (const width of [1400, 1920]) {
      await page.setViewportSize({ width, height: 900 })
      await settled(page)
      await shoot(page, `night-wide-${width}`)
      expect((await textsIn(/^M51:/)).slice(0, 5)).toEqual([
        'M51',
        'Ada Lovelace',
        '21:00–00:00',
        'Project Local Group',
        expect.stringMatching(/^Guide on HD 1\./),
      ])
      expect(await textsIn(/^M13:/)).toEqual(['M13', 'Ada Lovelace', '01:00–02:00', 'Project Local Group', 'Two lines'])
      expect(await textsIn(/^M92:/)).toEqual([
        'M92',
        'Ada Lovelace',
        '00:00–00:45',
        'Project Local Group',
        'After the Moon has set <b>',
      ])
      const all = [...(await linesIn(/^M51:/)), ...(await linesIn(/^M13:/)), ...(await linesIn(/^M92:/))]
      expect(all.filter(({ isWhole }) => !isWhole)).toEqual([])
    }
  })

  it('has neither where it is narrow', async () => {
    const page = await setup.open({ path: '/saf?view=week&night=2030-03-14', now: NOW, as: 'bo' })
    await settled(page)
    const lines = await linesOf(page.getByRole('button', { name: /^M51:/ }))
    expect(lines.map(({ text }) => text)).toEqual(['M51', 'Ada Lovelace', '21:00–00:00'])
  })
})
