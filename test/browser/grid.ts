import type { Locator, Page } from 'playwright-core'

interface Spot {
  readonly x: number
  readonly y: number
}

/** Of a night without a change of the clocks. */
const HOURS = 24

/** A night's column, by its date in words: `Thursday 14 March 2030`. */
export const nightColumn = (page: Page, night: string): Locator => page.getByRole('gridcell', { name: `Night of ${night}`, exact: true })

/** Until what stands in the grid has been read, and all of it has its place. */
export async function settled(page: Page): Promise<void> {
  await page.locator('.nights[aria-busy=false]').waitFor()
  await page.getByRole('grid').evaluate(async (grid) => {
    const nextFrame = () => new Promise(requestAnimationFrame)
    const placesNow = () => [...grid.querySelectorAll('[role=gridcell], [role=button]')].map((one) => JSON.stringify(one.getBoundingClientRect())).join()
    for (let before = '', same = 0; same < 3; before = placesNow()) {
      await nextFrame()
      same = placesNow() === before ? same + 1 : 0
    }
  })
}

/** Half of the step of five minutes that a hand takes, in hours. */
const HALF_A_STEP = 1 / 24

/** A spot in the step that begins at an hour after a night's noon; `hours` of it are as high as the grid. */
export async function spotAt(page: Page, night: string, hour: number, hours = HOURS): Promise<Spot> {
  const { x, y, width, height } = await boxOf(nightColumn(page, night))
  return { x: x + width * 0.6, y: y + (height * (hour + HALF_A_STEP)) / hours }
}

/** A spot in the step that ends at an hour. */
export const spotBefore = (page: Page, night: string, hour: number, hours = HOURS): Promise<Spot> => spotAt(page, night, hour - 2 * HALF_A_STEP, hours)

/** Where a reservation is drawn, in hours after the noon of its column, to a twelfth of an hour. */
export async function hoursOf(page: Page, night: string, reservation: Locator, hours = HOURS): Promise<[number, number]> {
  const [lane, block] = [await boxOf(nightColumn(page, night)), await boxOf(reservation)]
  const hour = (y: number) => Math.round((12 * (hours * (y - lane.y))) / lane.height) / 12
  if (block.x < lane.x - 2 || block.x + block.width > lane.x + lane.width + 2) throw new Error(`It is not in the night of ${night}.`)
  return [hour(block.y), hour(block.y + block.height)]
}

/** Presses at one spot and lets go at another, by way of some between, as a hand does. */
export async function drag(page: Page, from: Spot, to: Spot, { shift = false } = {}): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(from.x + (to.x - from.x) / 3, from.y + (to.y - from.y) / 3)
  await page.mouse.move(to.x, to.y)
  if (shift) await page.keyboard.down('Shift')
  await page.mouse.up()
  if (shift) await page.keyboard.up('Shift')
}

export async function boxOf(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await locator.boundingBox()
  if (!box) throw new Error('It is not to be seen.')
  return box
}
