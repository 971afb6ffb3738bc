export { MoonGlyph } from '../sky/moon-glyph.tsx'
