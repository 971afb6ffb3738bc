import { readFileSync, writeFileSync } from 'node:fs'
import { launchChromium } from '../test/browser/chromium.ts'

/* Draws `web/public/icon.svg` as the images that systems and older browsers ask for. `npm run icons`, after it has changed. */

const FOLDER = 'web/public'
const SIZES = [180, 192, 512]
/** Of the image within `favicon.ico`. */
const SMALL = 32

const browser = await launchChromium()
const page = await browser.newPage()
const svg = readFileSync(`${FOLDER}/icon.svg`).toString('base64')

async function draw(size: number): Promise<Buffer> {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(
    `<style>body { margin: 0 } img { display: block; width: 100vw }</style><img src="data:image/svg+xml;base64,${svg}">`,
  )
  return page.screenshot({ omitBackground: true })
}

for (const size of SIZES) writeFileSync(`${FOLDER}/icon-${size}.png`, await draw(size))
writeFileSync(`${FOLDER}/favicon.ico`, icoOf(await draw(SMALL), SMALL))
await browser.close()

/** An icon file with one image: a header of 6 bytes, an entry of 16, and the image. */
function icoOf(png: Buffer, size: number): Buffer {
  const head = Buffer.alloc(22)
  head.writeUInt16LE(1, 2)
  head.writeUInt16LE(1, 4)
  head.writeUInt8(size, 6)
  head.writeUInt8(size, 7)
  head.writeUInt16LE(1, 10)
  head.writeUInt16LE(32, 12)
  head.writeUInt32LE(png.length, 14)
  head.writeUInt32LE(head.length, 18)
  return Buffer.concat([head, png])
}
