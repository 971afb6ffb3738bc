import { useEffect, useRef } from 'preact/hooks'
import { beforeRouteFollows } from '../live/navigation.tsx'
import { SIGNING_IN } from '../live/signing-in.ts'

interface FormHistoryOptions {
  /** The address that opens the form again. */
  readonly address: string
  /** The address without the form. */
  readonly base: string
  /** Whether something would be lost. */
  readonly isDirty: boolean
  /** Called when Back was pressed with nothing to lose. */
  readonly close: () => void
  /** Called when Back was pressed with something to lose: the form stays. */
  readonly ask: () => void
}

const isForm = () => (history.state as { form?: boolean } | null)?.form === true

/**
 * Gives an open form an entry of its own in the browser's history: Back closes it and leaves the page below. Leaving the page
 * with something typed asks.
 */
export function useFormHistory(options: FormHistoryOptions): void {
  const latest = useRef(options)
  latest.current = options
  useEffect(() => {
    if (!isForm()) {
      history.replaceState(null, '', latest.current.base)
      history.pushState({ form: true }, '', latest.current.address)
    }
    return onLeave(latest)
  }, [])
  useEffect(() => {
    if (isForm()) history.replaceState({ form: true }, '', options.address)
  }, [options.address, options.base])
}

interface Latest {
  readonly current: FormHistoryOptions
}

/** @returns a function that writes into the entry below what was searched for since the form was opened, once it is reached */
function keepBase(latest: Latest): () => void {
  let below = new URL(latest.current.base, location.href).href
  return () => {
    if (isForm() || location.href !== below) return
    history.replaceState(null, '', latest.current.base)
    below = location.href
  }
}

function onLeave(latest: Latest): () => void {
  let isSigningIn = false
  const stop = beforeRouteFollows(keepBase(latest))
  const handleBack = () => {
    const { isDirty, address, close, ask } = latest.current
    if (isForm()) return
    if (!isDirty) return close()
    history.pushState({ form: true }, '', address)
    ask()
  }
  const handleUnload = (event: BeforeUnloadEvent) => {
    if (latest.current.isDirty && !isSigningIn) event.preventDefault()
  }
  const handleSignIn = () => {
    isSigningIn = true
    // A sign-in that cannot begin leaves the page open.
    setTimeout(() => (isSigningIn = false), 30_000)
  }
  addEventListener('popstate', handleBack)
  addEventListener('beforeunload', handleUnload)
  addEventListener(SIGNING_IN, handleSignIn)
  return () => {
    removeEventListener('popstate', handleBack)
    removeEventListener('beforeunload', handleUnload)
    removeEventListener(SIGNING_IN, handleSignIn)
    if (!isForm()) return stop()
    addEventListener('popstate', stop, { once: true })
    history.back()
  }
}
