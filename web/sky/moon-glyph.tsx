import './moon-glyph.css'

interface MoonGlyphProps {
  /** In degrees: 0 is new, 180 is full. */
  readonly phase: number
  /** Draws it upside down, as it is seen south of the equator. */
  readonly southern: boolean
}

/** The Moon at a phase: a disc, and its lit part between half a circle and half an ellipse. */
export function MoonGlyph({ phase, southern }: MoonGlyphProps) {
  const waxing = phase < 180
  const width = Math.cos((phase * Math.PI) / 180)
  const bulge = width > 0 === waxing ? 0 : 1
  const limb = `M 0 -1 A 1 1 0 0 ${waxing ? 1 : 0} 0 1`
  const terminator = `A ${Math.abs(width).toFixed(3)} 1 0 0 ${bulge} 0 -1 Z`
  return (
    <svg class="moon-glyph" viewBox="-1.15 -1.15 2.3 2.3" aria-hidden="true">
      <g transform={southern ? 'rotate(180)' : undefined}>
        <circle r="1" />
        <path d={`${limb} ${terminator}`} />
      </g>
    </svg>
  )
}
