/** The moments at which the Sun sinks below a limit: of sunset, and of the end of civil, nautical and astronomical twilight. */
export const EVENING_MOMENTS = ['sunset', 'dusk', 'nautical_dusk', 'dark'] as const
/** One of {@link EVENING_MOMENTS}. */
export type EveningMoment = (typeof EVENING_MOMENTS)[number]

/** When a reservation starts in each night of a series. */
export type StartRule =
  /** At a time `HH:MM` of the site's clocks. */
  | { readonly clock: string }
  /** Minutes after a moment of the evening, or before it if negative. */
  | { readonly after: EveningMoment; readonly minutes: number }
  /** At a local sidereal time in hours, from 0 up to 24. */
  | { readonly sidereal: number }
