import { beforeAll, describe, expect, it } from 'vitest'
import { setUpBrowser, shoot, type BrowserSetup } from './browser.ts'

let setup: BrowserSetup
beforeAll(async () => {
  setup = await setUpBrowser()
  return () => setup.close()
})

describe('an address that leads nowhere', () => {
  it.each([
    ['dark', 'rgb(9, 12, 19)'],
    ['light', 'rgb(247, 248, 251)'],
  ] as const)('is a page in the %s colours, which leads to all telescopes', async (colorScheme, ground) => {
    const page = await setup.open({
      path: '/saf/more',
      expected: /404/,
      before: (_, opening) => opening.emulateMedia({ colorScheme }),
    })
    await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor()
    const styleOf = () => getComputedStyle(document.documentElement).backgroundColor
    expect(await page.evaluate(styleOf)).toBe(ground)
    await shoot(page, `nothing-${colorScheme}`)
    await page.getByRole('link', { name: 'All telescopes' }).click()
    await page.getByRole('list', { name: 'Telescopes' }).waitFor()
  })
})
