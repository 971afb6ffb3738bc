/** The event on `window` by which the page announces that it leaves for the issuer, so that forms do not ask whether to stay. */
export const SIGNING_IN = 'signing-in'
