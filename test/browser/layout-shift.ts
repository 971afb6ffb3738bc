import type { BrowserContext, Page } from 'playwright-core'

/** Records how far what is shown moves by itself, from the first view on. */
export const watchLayoutShift = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript(() => {
    const shifts: number[] = []
    Object.assign(globalThis, { shifts })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value)
    }).observe({ type: 'layout-shift', buffered: true })
  })

/** The layout shift until now: over 0.1 is poor. */
export async function layoutShift(page: Page): Promise<number> {
  const shifts = await page.evaluate(async () => {
    await new Promise(requestAnimationFrame)
    return (globalThis as unknown as { shifts: number[] }).shifts
  })
  return shifts.reduce((sum, one) => sum + one, 0)
}
