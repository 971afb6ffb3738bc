import { useEffect, useState } from 'preact/hooks'

/** A question to the calendar; undefined while there is none. */
type Question<T> = (() => Promise<T>) | undefined

/**
 * The answer to a question: undefined before it has come, `failed` if it does not. When the inputs change, the question is asked
 * again, and the last answer stays until the next.
 */
export function useAnswer<T>(ask: Question<T>, inputs: readonly unknown[]): T | 'failed' | undefined {
  const [answer, setAnswer] = useState<T | 'failed'>()
  useEffect(() => {
    if (!ask) return undefined
    let isOver = false
    const take = (found: T | 'failed') => !isOver && setAnswer(() => found)
    ask().then(take, () => take('failed'))
    return () => void (isOver = true)
  }, inputs)
  return answer
}

/**
 * The answer to a question that follows what is typed: it is asked when the inputs have not changed for some milliseconds.
 * Undefined until it has come, and if it does not.
 */
export function useAnswerAfterPause<T>(ask: Question<T>, pauseMs: number, inputs: readonly unknown[]): T | undefined {
  const [answer, setAnswer] = useState<T>()
  useEffect(() => {
    setAnswer(undefined)
    if (!ask) return undefined
    let isOver = false
    const take = (found: T) => !isOver && setAnswer(() => found)
    const timer = setTimeout(() => void ask().then(take, () => undefined), pauseMs)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, inputs)
  return answer
}
