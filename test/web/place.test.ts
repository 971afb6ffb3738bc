import { describe, expect, it } from 'vitest'
import { placeBeside } from '../../web/popover/place.ts'

const WINDOW = { width: 1400, height: 900 }
const CARD = { width: 396, height: 290 }

describe('a popover', () => {
  it('stands right of its slot, 14 pixels away, and a little above it', () => {
    expect(placeBeside({ x: 372, y: 463, width: 122, height: 28 }, CARD, WINDOW)).toEqual({ left: 508, top: 423 })
  })

  it('stands left of a slot at the right edge', () => {
    expect(placeBeside({ x: 1250, y: 463, width: 122, height: 28 }, CARD, WINDOW).left).toBe(1250 - 14 - 396)
  })

  it('lies over a slot that leaves no room at either side', () => {
    expect(placeBeside({ x: 100, y: 300, width: 1200, height: 28 }, CARD, WINDOW).left).toBe(502)
  })

  it('stays within the window', () => {
    expect(placeBeside({ x: 372, y: 860, width: 122, height: 28 }, CARD, WINDOW).top).toBe(305)
    expect(placeBeside({ x: 372, y: 4, width: 122, height: 28 }, CARD, WINDOW).top).toBe(12)
    expect(placeBeside(undefined, { width: 2000, height: 2000 }, WINDOW)).toEqual({ left: 12, top: 12 })
  })

  it('stands in the middle without a slot, and its top stays when it becomes longer', () => {
    expect(placeBeside(undefined, CARD, WINDOW)).toEqual({ left: 502, top: 108 })
    expect(placeBeside(undefined, { ...CARD, height: 780 }, WINDOW)).toEqual({ left: 502, top: 108 })
  })
})
