import * as z from 'zod'
import { findTargets } from '../../service/targets.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { targetName, targetToWire } from './planning.ts'

/** The longest answer. */
const MAX_TARGETS = 20

export const targets = defineEndpoint({
  name: 'targets',
  kind: 'read',
  access: 'anyone',
  summary: 'Targets by name',
  description:
    'The objects of Messier and Caldwell, bright stars, planets and the Moon whose names match `q`, the best first, at most ' +
    `${MAX_TARGETS}. Case, spaces, hyphens and accents do not matter. Coordinates in \`q\` are returned as one target: ` +
    '`00 42 44.3 +41 16 09`, with colons or letters between, or in degrees, also with ' +
    'labels like RA and Dec. `ra` and `dec` are degrees of ICRS (J2000); of ' +
    'planets and the Moon those of now, as seen from the centre of the Earth.',
  input: z.looseObject({ q: targetName }),
  output: responses.targets,
  errors: [400],
  example: {
    input: { q: 'Andromeda Galaxy' },
    answer: [{ name: 'M 31', aliases: ['NGC 224', 'Andromeda Galaxy'], kind: 'galaxy', ra: 10.6848, dec: 41.2691 }],
  },
  async handle({ q }, { context }) {
    const now = context.now()
    return { value: findTargets(q, MAX_TARGETS).map((found) => targetToWire(found, now)) }
  },
})
