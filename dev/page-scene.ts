import { mkdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../test/browser/chromium.ts'
import { type Scene, startScene } from './scene/scene.ts'

/**
 * Takes pictures of all views of the page, at four widths and in three themes, and puts them on contact sheets. All show the same
 * evening: see `scene/scene.ts`.
 */
const USAGE = `npm run screens -- [--views week,month] [--widths 390,1400] [--themes dark] [--language en-US] [--out FOLDER] [--serve PORT]
--serve keeps the calendar running instead of taking pictures.`

const VIEWS: Readonly<Record<string, string>> = {
  week: '/saf?view=week&night=2026-11-25&target=M31',
  night: '/saf?view=night&night=2026-11-26&target=M31',
  month: '/saf?view=month&night=2026-11-26&target=M31',
  agenda: '/saf?view=agenda&night=2026-11-26&target=M31',
  network: '/?target=M31',
  card: '/saf?view=week&night=2026-11-25&target=M31&event=saf-11-27T05:30',
  editor: '/saf?view=week&night=2026-11-25&target=M31&reserve=2026-11-27T06:15:00Z/2026-11-27T08:15:00Z',
}
const HEIGHTS: Readonly<Record<string, number>> = { 390: 844, 820: 1180, 1400: 900, 1920: 1080 }
const THEMES = ['dark', 'light', 'night']

const { values } = parseArgs({
  options: {
    views: { type: 'string', default: Object.keys(VIEWS).join() },
    widths: { type: 'string', default: Object.keys(HEIGHTS).join() },
    themes: { type: 'string', default: THEMES.join() },
    language: { type: 'string', default: 'en-GB' },
    out: { type: 'string', default: 'build/screens' },
    serve: { type: 'string' },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  console.log(USAGE)
  process.exit()
}

const scene = await startScene(Number(values.serve ?? 0))
if (values.serve === undefined) {
  const browser = await launchChromium()
  await takeAll(scene, browser)
  await browser.close()
  await scene.stop()
  process.exit()
}
console.log(`The evening of the pictures is at ${scene.address}. Ctrl-C ends it.`)

async function takeAll(from: Scene, browser: Browser): Promise<void> {
  mkdirSync(values.out, { recursive: true })
  for (const view of values.views.split(',')) {
    const files: string[] = []
    for (const theme of values.themes.split(','))
      for (const width of values.widths.split(',')) files.push(await take(view, theme, Number(width), from, browser))
    await contactSheet(view, files, browser)
  }
}

async function take(view: string, theme: string, width: number, from: Scene, browser: Browser): Promise<string> {
  const path = VIEWS[view]
  if (path === undefined) throw new Error(`There is no view ${view}.`)
  const page = await from.open(browser, {
    path,
    width,
    height: HEIGHTS[width] ?? 900,
    theme,
    language: values.language,
  })
  await settled(page)
  const file = `${values.out}/${view}-${theme}-${width}.png`
  await page.screenshot({ path: file, animations: 'disabled' })
  await page.context().close()
  return file
}

/** Waits until the page shows reservations, and lets its clock go on by a second. */
async function settled(page: Page): Promise<void> {
  await page.locator('main').first().waitFor()
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
  await page.clock.runFor(1000)
}

async function contactSheet(view: string, files: readonly string[], browser: Browser): Promise<void> {
  const images = files.map((file) => `<img src="data:image/png;base64,${readFileSync(file).toString('base64')}">`)
  const page = await browser.newPage({ viewport: { width: 2400, height: 1200 } })
  const style = 'body{margin:16px;background:#777;display:flex;flex-wrap:wrap;gap:16px}img{height:520px}'
  await page.setContent(`<style>${style}</style>${images.join('')}`)
  await page.screenshot({ path: `${values.out}/sheet-${view}.png`, fullPage: true })
  await page.close()
}
