import { callOf, literalOf, type OpenApi, type Operation, operationsOf } from './operations.ts'

/** Where the generated part of `docs/client.md` starts. */
export const START = '<!-- Generated from openapi.json by `npm run openapi`. Do not edit below. -->\n'

/** The generated part of `docs/client.md`: every function with an example and its answer. */
export function clientReference(document: OpenApi): string {
  const operations = operationsOf(document)
  const rows = operations.map(({ name, summary }) => `| [\`${name}\`](#${name.toLowerCase()}) | ${summary}. |`)
  return ['', '| function | does |', '| --- | --- |', ...rows, '', ...operations.map(sectionOf)].join('\n')
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
