import * as z from 'zod'
import { nameOf } from '../../domain/observer.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'

export const me = defineEndpoint({
  name: 'me',
  kind: 'read',
  access: 'anyone',
  waitsForIssuer: true,
  summary: 'The caller',
  description: 'Without valid credentials the role is `anonymous`, and `user_id` and `name` are null.',
  input: z.looseObject({}),
  output: responses.me,
  errors: [400],
  example: { input: {}, answer: { user_id: EVENT.creator_id, name: EVENT.creator, role: 'observer' } },
  async handle(_, { actor }) {
    const { id, name } = actor.role === 'anonymous' ? { id: null, name: null } : { id: actor.id, name: nameOf(actor) }
    return { value: { user_id: id, name, role: actor.role } }
  },
})
