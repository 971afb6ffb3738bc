import { closestMatch } from 'leven'

/** Prefixes of settings about access. Ignoring a misspelt one could leave the calendar open, so it is an error. */
const OWN_PREFIXES = /^(AUTH|SERVICE)_/

/** Names within this edit distance of a setting count as misspelt. */
const MAX_EDIT_DISTANCE = 2

/** Similar names that other programs use: the shell, AWS, systemd, and the deployment on AWS. */
const KNOWN_OTHERS = /^(HOME|HOSTNAME|OS|AWS_.*|SERVICE_RESULT|SERVICE_KEYS_(SECRET|VERSION))$/

/** Kubernetes sets such variables for each service of a namespace, which may be called `auth`. */
const KUBERNETES = /_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_\d+_(TCP|UDP|SCTP)(_.+)?)?)$/

/** Sentences about variables that may be misspelt settings. */
export interface UnknownNames {
  /** Names with a prefix of settings about access. The program must not start. */
  readonly errors: readonly string[]
  /** Names that are similar to a setting. */
  readonly warnings: readonly string[]
}

/** @param settings the names of all settings */
export function unknownSettingNames(names: readonly string[], settings: readonly string[]): UnknownNames {
  const unknown = names.filter((name) => !settings.includes(name) && !KNOWN_OTHERS.test(name) && !KUBERNETES.test(name))
  const isAboutAccess = (name: string) => OWN_PREFIXES.test(name.toUpperCase())
  const sentence = (name: string) => {
    const similar = nearest(name, settings)
    return `${name} is no setting${similar ? `; is ${similar} meant?` : '.'}`
  }
  return {
    errors: unknown.filter(isAboutAccess).map(sentence),
    warnings: unknown.filter((name) => !isAboutAccess(name) && nearest(name, settings)).map(sentence),
  }
}

const nearest = (name: string, settings: readonly string[]) =>
  closestMatch(name.toUpperCase(), settings, { maxDistance: MAX_EDIT_DISTANCE })
