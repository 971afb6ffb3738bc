import type { Locator, Page } from 'playwright-core'

interface Point {
  readonly x: number
  readonly y: number
}

/** Hours of a night without a clock change, with its day: `&day` in the address. */
const HOURS = 24

/** A night at saf, in the part of the year in which its clocks are six hours behind UTC. */
export interface Evening {
  readonly date: string
  /** As `Thursday 14 March 2030`. */
  readonly words: string
  /** The instant so many hours after noon. */
  readonly at: (hour: number) => number
  /** The instant of a time by the site's clock, as `21:00`, `02:30`. */
  readonly when: (clock: string) => number
}

/** One evening after the other, so that each test has its own. `first` is a noon at saf. */
export function eveningsFrom(first: Date): () => Evening {
  let count = 0
  return () => {
    const noon = first.getTime() / 1000 + 86_400 * count++
    const day = new Date(noon * 1000)
    const words = day
      .toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
      .replace(',', '')
    return {
      date: day.toISOString().slice(0, 10),
      words,
      at: (hour) => noon + hour * 3600,
      when: (clock) => noon + ((Number(clock.slice(0, 2)) + 12) % 24) * 3600 + Number(clock.slice(3)) * 60,
    }
  }
}

/** The column of a night, such as `Thursday 14 March 2030`. */
export const nightColumn = (page: Page, night: string): Locator =>
  page.getByRole('gridcell', { name: `Night of ${night}`, exact: true })

/** Half of a drag's step of five minutes, in hours. */
const HALF_A_STEP = 1 / 24

/** A point in the step that begins `hour` hours after noon; the grid shows `hours` hours. */
export async function pointAt(page: Page, night: string, hour: number, hours = HOURS): Promise<Point> {
  const { x, y, width, height } = await boxOf(nightColumn(page, night))
  return { x: x + width * 0.6, y: y + (height * (hour + HALF_A_STEP)) / hours }
}

/** A point in the step that ends `hour` hours after noon. */
export const pointBefore = (page: Page, night: string, hour: number, hours = HOURS): Promise<Point> =>
  pointAt(page, night, hour - 2 * HALF_A_STEP, hours)

/** Start and end of a reservation as drawn, in hours after noon, rounded to five minutes. @throws Error if it is in another column */
export async function hoursDrawn(
  page: Page,
  night: string,
  reservation: Locator,
  hours = HOURS,
): Promise<[number, number]> {
  const [lane, block] = [await boxOf(nightColumn(page, night)), await boxOf(reservation)]
  const hour = (y: number) => Math.round((12 * (hours * (y - lane.y))) / lane.height) / 12
  if (block.x < lane.x - 2 || block.x + block.width > lane.x + lane.width + 2)
    throw new Error(`The reservation is not in the night of ${night}.`)
  return [hour(block.y), hour(block.y + block.height)]
}

/** Drags the pointer from one point to another; with `shift`, holds Shift when it is released. */
export async function drag(page: Page, from: Point, to: Point, { shift = false } = {}): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(from.x + (to.x - from.x) / 3, from.y + (to.y - from.y) / 3)
  await page.mouse.move(to.x, to.y)
  if (shift) await page.keyboard.down('Shift')
  await page.mouse.up()
  if (shift) await page.keyboard.up('Shift')
}

/**
 * Does something while the page's clock, which must have been set, stands: what waits in the page, such as a finger that has
 * to rest, waits on, however long this takes, but for the time that the clock runs in it.
 */
export async function withoutTime(page: Page, act: () => Promise<unknown>): Promise<void> {
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 10_000)
  await act()
  await page.clock.resume()
}

/** The position of an element. @throws Error if it is not visible */
export async function boxOf(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await locator.boundingBox()
  if (!box) throw new Error('The element is not visible.')
  return box
}
