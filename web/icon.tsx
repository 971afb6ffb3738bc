/** The lines of each icon, on a square of 16. */
const LINES = {
  left: 'M10 3 5 8l5 5',
  right: 'm6 3 5 5-5 5',
  down: 'm4 6 4 4 4-4',
  plus: 'M8 3v10M3 8h10',
  close: 'm4 4 8 8M12 4l-8 8',
  menu: 'M2 4h12M2 8h12M2 12h12',
  check: 'm3 8.5 3.2 3.2L13 5',
  search: 'M11 11l3.5 3.5M12 7A5 5 0 1 1 2 7a5 5 0 0 1 10 0Z',
  calendar:
    'M2.5 6.5h11M5.5 1.5v3m5-3v3M4 3h8a1.5 1.5 0 0 1 1.5 1.5v8A1.5 1.5 0 0 1 12 14H4a1.5 1.5 0 0 1-1.5-1.5v-8A1.5 1.5 0 0 1 4 3Z',
  print: 'M4.5 5.5v-4h7v4M4.5 11.5H2.5v-6h11v6h-2M4.5 9.5h7v5h-7Z',
  help: 'M6 6a2 2 0 1 1 3 1.7c-.7.4-1 .8-1 1.6M8 11.7v.1M14.5 8a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0Z',
} as const

export type IconName = keyof typeof LINES

/** An icon in the colour of the text; for the eye alone. */
export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
    <path d={LINES[name]} />
  </svg>
)

/** The mark of one's own. */
export const Star = () => (
  <svg class="star" viewBox="0 0 16 16" aria-hidden="true">
    <path d="m8 1.2 2.06 4.4 4.74.620-3.48 3.32.880 4.760L8 12l-4.2 2.3.88-4.760L1.2 6.220l4.74-.620Z" />
  </svg>
)
