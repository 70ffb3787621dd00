/**
 * `npm run words`: finds words in code, docs and tests that have a better one, and prose beyond column 110.
 * Exits with 1 if there are any. The words of the project are listed in docs/architecture.md.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { command } from '../cli/command.ts'

const ROOT = join(import.meta.dirname, '../..')
const COLUMNS = 110

/**
 * Words that are not used any more, as they stand in prose, and what is said instead. In names they count as
 * well.
 */
const REPLACED: readonly (readonly [RegExp, string])[] = [
  [/\bdesks?\b/i, 'replica state; inbound'],
  [/\breceptions?\b/i, 'inbound'],
  [/\binflows?\b/i, 'inbound, rate limiter'],
  [/\bannouncers?\b/i, 'presence broadcaster'],
  [/\boutbox(?:es)?\b/i, 'send queue; unflushed rows'],
  [/\bbacklogs?\b|backlogUnits/i, 'recent commits; send queue'],
  [/\bkeepers?\b/i, 'persister'],
  [/\bleft[- ]?behind\b/i, 'orphans'],
  [/\bhanding[- ]?back\b/i, 'rejections'],
  [/\bpermits?\b/i, 'flush lease'],
  [/\bjournal outbox\b/i, 'unflushed rows'],
  [/\blasting copy\b/i, 'Postgres, or the store'],
  [/\bprotections?\b/i, 'mutant; safeguard'],
  [/\bstunts?\b/i, 'attack'],
  [/\braids?\b/i, 'cold start'],
  [/\bassaults?\b/i, 'load'],
  [/\barenas?\b/i, 'harness'],
  [/\bepoch of Unix\b/i, 'Unix ms'],
  [/\bat a time of chance\b/i, 'after a random delay'],
  [/\banew\b/i, 'again; from scratch'],
]

/** Where the words are named as such. */
const NAMES_THEM = new Set(['dev/docs/words.ts'])

interface Finding {
  readonly file: string
  readonly line: number
  readonly says: string
}

await command(
  { name: 'npm run words', about: 'Finds old words, and prose that is too wide.', options: {} },
  async () => {
    const files = execFileSync('git', ['ls-files', '*.ts', '*.md', '*.toml'], { cwd: ROOT, encoding: 'utf8' })
      .split('\n')
      .filter((file) => file !== '' && !NAMES_THEM.has(file))
    const found = files.flatMap((file) => findingsIn(file, readFileSync(join(ROOT, file), 'utf8')))
    for (const { file, line, says } of found) console.error(`${file}:${line}: ${says}`)
    console.log(`${files.length} files, ${found.length} findings`)
    return found.length === 0 ? 0 : 1
  },
)

function findingsIn(file: string, text: string): Finding[] {
  const prose = file.endsWith('.md') ? markdownProse : commentProse
  const found: Finding[] = []
  let isCode = false
  for (const [i, content] of text.split('\n').entries()) {
    if (/^\s*```/.test(content)) isCode = !isCode
    for (const [old, better] of REPLACED) {
      const word = old.exec(spaced(content))?.[0]
      if (word !== undefined) found.push({ file, line: i + 1, says: `"${word}": say ${better}` })
    }
    if (content.length > COLUMNS && !isCode && prose(content))
      found.push({ file, line: i + 1, says: `prose of ${content.length} columns` })
  }
  return found
}

/** Names taken apart into their words, so that `#queueOutbox` has one. */
function spaced(line: string): string {
  return line.replace(/([a-z0-9])([A-Z])/g, '$1 $2')
}

/** Tables, pictures and lines that are one link cannot be wrapped. */
function markdownProse(line: string): boolean {
  return !/^\s*(?:\||<|!?\[[^\]]*\]\([^)]*\)[.,]?$)/.test(line)
}

function commentProse(line: string): boolean {
  return /^\s*(?:\/\/|\/?\*)/.test(line) && !/https?:\/\/|──/.test(line)
}
