const revisions = new WeakMap<object, number>()

/** Keeps the revision that the ETag of a response names, beside its value. */
export function rememberRevision(value: unknown, { headers }: Response): void {
  const [, digits] = /^(?:W\/)?"(\d+)/.exec(headers.get('ETag') ?? '') ?? []
  if (digits !== undefined && typeof value === 'object' && value !== null) revisions.set(value, Number(digits))
}

/**
 * The revision of an event, for `ifMatch`. Answers of `newEvent`, `modifyEvent`, `restoreEvent` and `getEvent` have one;
 * pass the very object that the function returned.
 *
 * @example
 * ```ts
 * const event = await calendar.getEvent({ event_id: 'adas-m13' })
 * await calendar.deleteEvent({ event_id: 'adas-m13' }, { ifMatch: revisionOf(event) })
 * ```
 */
export const revisionOf = (answer: object): number | undefined => revisions.get(answer)
