import type { BrowserContext, Page } from 'playwright-core'
import { nextFrame } from './settled.ts'

/** Records how far what is shown moves by itself, from the first view on. */
export const watchLayoutShift = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript(() => {
    let sum = 0
    const add = (entries: PerformanceEntryList) => {
      for (const entry of entries) sum += (entry as unknown as { value: number }).value
    }
    const observer = new PerformanceObserver((list) => add(list.getEntries()))
    observer.observe({ type: 'layout-shift', buffered: true })
    const shifted = () => {
      add(observer.takeRecords())
      return sum
    }
    Object.assign(globalThis, { shifted })
  })

/** The layout shift until now: over 0.1 is poor. */
export async function layoutShift(page: Page): Promise<number> {
  await nextFrame(page)
  return page.evaluate(() => (globalThis as unknown as { shifted: () => number }).shifted())
}
