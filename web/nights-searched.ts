/** How many nights ahead free dark time is searched for, everywhere on the page. */
export const NIGHTS = 14
