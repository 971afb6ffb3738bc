/** The mark of Photon Ranch: a dome, its slit, and a star. */
export const Logo = () => (
  <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M2.5 20.500h19M5 20.500v-3a7 7 0 0 1 14 0v3M12 10.500l2.5-4.5" />
    <circle cx="15.5" cy="4" r="1.6" class="logo-star" />
  </svg>
)
