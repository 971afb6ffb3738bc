import { closestMatch } from 'leven'

/** Whoever writes one of these means to say who may come in: passed over, it would leave a door open. */
const OWN_PREFIXES = /^(AUTH|SERVICE)_/

/** As near as this to a setting's name is a slip of the hand. */
const MAX_EDIT_DISTANCE = 2

/** Other people's names that look like ours: the shell's, AWS's, systemd's, and those our deployment on AWS reads. */
const OTHERS = /^(HOME|HOSTNAME|OS|AWS_.*|SERVICE_RESULT|SERVICE_KEYS_(SECRET|VERSION))$/

/** Kubernetes tells every container of every service beside it, and one may be called `auth`. */
const OF_KUBERNETES = /_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_\d+_(TCP|UDP|SCTP)(_.+)?)?)$/

/** Names of an environment that may have been meant for settings, each in a sentence. */
export interface UnknownNames {
  /** That begin as only ours do. Nothing may start with them. */
  readonly errors: readonly string[]
  /** That are within two letters of one. */
  readonly warnings: readonly string[]
}

/** @param settings the names that there are */
export function unknownSettingNames(names: readonly string[], settings: readonly string[]): UnknownNames {
  const unknown = names.filter((name) => !settings.includes(name) && !OTHERS.test(name) && !OF_KUBERNETES.test(name))
  const isOurs = (name: string) => OWN_PREFIXES.test(name.toUpperCase())
  const sentence = (name: string) => {
    const meant = nearest(name, settings)
    return `${name} is no setting${meant ? `; is ${meant} meant?` : '.'}`
  }
  return {
    errors: unknown.filter(isOurs).map(sentence),
    warnings: unknown.filter((name) => !isOurs(name) && nearest(name, settings)).map(sentence),
  }
}

const nearest = (name: string, settings: readonly string[]) => closestMatch(name.toUpperCase(), settings, { maxDistance: MAX_EDIT_DISTANCE })
