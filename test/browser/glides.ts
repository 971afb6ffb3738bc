import type { BrowserContext, Page } from 'playwright-core'

/** Lets pages count how often a reservation glides, and how long that takes, in milliseconds. For `before` of a visit. */
export const recordGlides = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript(() => {
    const glides: unknown[] = []
    Object.assign(globalThis, { glides })
    const animate = Object.getOwnPropertyDescriptor(Element.prototype, 'animate')?.value as Element['animate']
    Element.prototype.animate = function (...args) {
      if (this.matches('.block')) glides.push((args[1] as KeyframeAnimationOptions).duration)
      return animate.apply(this, args)
    }
  })

/** The durations of all glides up to now. */
export const glidesIn = (page: Page): Promise<number[]> =>
  page.evaluate(() => (globalThis as unknown as { glides: number[] }).glides)
