import type { Page } from 'playwright-core'

/**
 * Waits until nothing glides, then for a frame of the page, in which it acts on what it has been told, and for one of the
 * browser, which draws that. They differ where the page's clock is set: its frames go by that clock, and draw nothing.
 *
 * @returns where everything in the page stands then
 */
export const nextFrame = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    // One that waits to begin stands still, and counts all the same.
    const glides = () =>
      document
        .getAnimations()
        .filter(({ playState, effect }) => playState === 'running' && effect?.getComputedTiming().endTime !== Infinity)
    for (let all = glides(); all.length > 0; all = glides())
      await Promise.allSettled(all.map(({ finished }) => finished))
    await document.fonts.ready
    await new Promise(requestAnimationFrame)
    await new Promise<void>((resolve) => {
      const observer = new IntersectionObserver(() => {
        observer.disconnect()
        resolve()
      })
      observer.observe(document.documentElement)
    })
    return [...document.querySelectorAll('main :is(button, h2, [role=gridcell], [role=button], .telescope-lane)')]
      .map((one) => one.getBoundingClientRect())
      .map(({ x, y, width, height }) => [x, y, width, height].join())
      .join(';')
  })

/** Waits until the reservations have been read, none is being saved, and nothing in the page moves any more. */
export async function settled(page: Page): Promise<void> {
  await page.locator(':is(.nights, .network-rows)[aria-busy=false]').waitFor()
  await page.locator('.block[aria-busy=true]').first().waitFor({ state: 'detached' })
  for (let before = '', same = 0; same < 3;) {
    const now = await nextFrame(page)
    same = now === before ? same + 1 : 0
    before = now
  }
}
