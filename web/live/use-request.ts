import { useEffect, useState } from 'preact/hooks'

/** A request to the calendar; undefined while there is nothing to ask. */
type Request<T> = (() => Promise<T>) | undefined

/**
 * The response to a request: undefined before it has come, `failed` if it fails. When the inputs change, the request is sent
 * again, and the last response stays until the next.
 */
export function useRequest<T>(ask: Request<T>, inputs: readonly unknown[]): T | 'failed' | undefined {
  const [response, setResponse] = useState<T | 'failed'>()
  useEffect(() => {
    if (!ask) return undefined
    let isOver = false
    const take = (found: T | 'failed') => !isOver && setResponse(() => found)
    ask().then(take, () => take('failed'))
    return () => void (isOver = true)
  }, inputs)
  return response
}

/**
 * The response to a request that follows what is typed, debounced: it is sent when the inputs have not changed for some milliseconds.
 * Undefined until it has come, and if it fails.
 */
export function useDebouncedRequest<T>(ask: Request<T>, pauseMs: number, inputs: readonly unknown[]): T | undefined {
  const [response, setResponse] = useState<T>()
  useEffect(() => {
    setResponse(undefined)
    if (!ask) return undefined
    let isOver = false
    const take = (found: T) => !isOver && setResponse(() => found)
    const timer = setTimeout(() => void ask().then(take, () => undefined), pauseMs)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, inputs)
  return response
}
