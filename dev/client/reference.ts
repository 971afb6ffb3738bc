import { callOf, literalOf, type OpenApi, type Operation, operationsOf } from './operations.ts'

/** Where the generated part of `docs/client.md` starts. */
export const START = '<!-- Generated from openapi.json and src/client by `npm run openapi`. Do not edit below. -->\n'

/** The sources of the functions that are not generated. */
export const WRITTEN = ['src/client/calendar.ts', 'src/client/revision.ts']

/**
 * The generated part of `docs/client.md`: every function with an example, and the answer of an endpoint.
 * @param sources the text of each of {@link WRITTEN}
 */
export function clientReference(document: OpenApi, sources: readonly string[]): string {
  const operations = operationsOf(document)
  const written = sources.flatMap(writtenFunctions)
  const rows = [...written, ...operations.map(({ name, summary }) => ({ name, summary: `${summary}.` }))].map(
    ({ name, summary }) => `| [\`${name}\`](#${name.toLowerCase()}) | ${summary} |`,
  )
  const sections = [...written.map(({ section }) => section), ...operations.map(sectionOf)]
  return ['', '| function | does |', '| --- | --- |', ...rows, '', ...sections].join('\n')
}

const COMMENT = /\/\*\*((?:(?!\*\/)[^])*)\*\/\n *(?:export (?:function|const) )?(\w+)/g

/** The functions of a source whose doc comment has an example. */
function writtenFunctions(source: string) {
  return [...source.matchAll(COMMENT)].flatMap(([, comment = '', name = '']) => {
    const text = comment.replaceAll(/^ *\* ?/gm, '').trim()
    const [about = '', example] = text.split(/\n@example\n/)
    if (example === undefined) return []
    const [description = '', ...throws] = about.split(/\n@throws /).map((part) => part.replaceAll('\n', ' ').trim())
    const errors = throws.length > 0 ? ` Throws ${throws.join('; ')}.` : ''
    const [summary = ''] = /^.*?[.](?= |$)/.exec(description) ?? []
    return [{ name, summary, section: `### ${name}\n\n${description}${errors}\n\n${example}\n` }]
  })
}

function sectionOf(operation: Operation): string {
  const { name, path, summary, description, errors, sample } = operation
  return `### ${name}

${summary}: [\`${path}\`](wire.md#${path}).${description && ` ${description}`} Errors: ${errors.join(', ')}.

\`\`\`ts
${callOf(operation)}
// ${literalOf(sample.answer).replaceAll('\n', '\n// ')}
\`\`\`
`
}
