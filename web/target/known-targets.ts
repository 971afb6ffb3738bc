import type { DomainCalendar } from '../../src/client/domain/calendar.ts'
import { type NamedTarget, namedTargetOf } from './named-target.ts'

/* The targets of the names in addresses, as far as they have been asked for. */

/** What the calendar knows of a name; `unknown` if there is no such target. */
export type TargetLookup = NamedTarget | 'unknown'

const answers = new Map<string, TargetLookup>()
/** The questions that have no answer yet: all who wait for a name share one. */
const questions = new Map<string, Promise<TargetLookup>>()
/** The most names that are remembered; beyond them the oldest is forgotten. */
const MAX_NAMES = 64

/** What a name was answered with; undefined if it is not known. */
export const knownTarget = (text: string): TargetLookup | undefined => answers.get(text)

/** Remembers a target that was chosen from a list, so that its name needs no question. */
export const rememberTarget = (target: NamedTarget): void => void remember(target.text, target)

/** Asks for the target of a name: once at a time, whoever else asks. Rejected if there is no answer. */
export function askForTarget(calendar: Pick<DomainCalendar, 'targets'>, text: string): Promise<TargetLookup> {
  const running = questions.get(text)
  if (running) return running
  const question = calendar
    .targets(text)
    .then(([first]) => remember(text, first ? namedTargetOf(first) : 'unknown'))
    .finally(() => questions.delete(text))
  questions.set(text, question)
  return question
}

function remember(text: string, answer: TargetLookup): TargetLookup {
  answers.delete(text)
  answers.set(text, answer)
  const [oldest] = answers.keys()
  if (answers.size > MAX_NAMES && oldest !== undefined) answers.delete(oldest)
  return answer
}
