/** The mark of a target. */
export const Crosshair = () => (
  <svg class="crosshair" viewBox="0 0 16 16" aria-hidden="true">
    <circle cx="8" cy="8" r="4.5" />
    <path d="M8 1v4m0 6v4M1 8h4m6 0h4" />
  </svg>
)
