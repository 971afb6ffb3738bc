import { useId } from 'preact/hooks'
import { useApp } from '../live/app-context.ts'
import type { Form } from './use-form.ts'

/** Which telescope is reserved; another can be chosen. */
export function TelescopeField({ form: { site, changeSite } }: { form: Form }) {
  const { sites } = useApp()
  const id = useId()
  const listed = [...sites.values()]
  const all = listed.some(({ code }) => code === site.code) ? listed : [site, ...listed]
  return (
    <p class="telescope">
      <label for={id}>at</label>{' '}
      <span class="telescope-choice">
        <span aria-hidden="true">
          <strong>{site.code}</strong> {site.name !== site.code && site.name}
        </span>
        <select
          id={id}
          aria-label="at telescope"
          value={site.code}
          onChange={({ currentTarget }) => changeSite(currentTarget.value)}
        >
          {all.map(({ code, name }) => (
            <option key={code} value={code}>
              {name === code ? code : `${code} ${name}`}
            </option>
          ))}
        </select>
      </span>
    </p>
  )
}
