import * as z from 'zod'
import { isLoopback } from '../ip-address.ts'

/** Schema of the address of another service. */
export const url = z.string().superRefine((text, context) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return context.addIssue('must be an http(s) address')
  if (parsed.protocol === 'http:' && !isLoopback(parsed.hostname))
    context.addIssue('must be https, unless it is on this machine')
  // Addresses are printed, logged and sent to pages.
  if (parsed.username || parsed.password || /[?#]/.test(text))
    context.addIssue('must be without a user, a password, a ? or a #')
})
