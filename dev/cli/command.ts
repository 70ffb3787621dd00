/**
 * The command line of all scripts: options are read from one table, which also produces `--help`. Every
 * failure is one line on stderr that says what to do, never a stack trace. Exit codes: 0 success, 1 failure,
 * 2 usage error. With DEBUG set, a failure prints its stack as well.
 */
import { parseArgs } from 'node:util'
import { errorText } from './error-text.ts'

// Bound when loaded: a script may capture console.error while it runs, and this must be seen all the same.
const print = console.error.bind(console)

/** The command line is invalid. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface Option<T> {
  /** Placeholder for the value in the usage; null for a flag. */
  readonly value: string | null
  readonly about: string
  /** Used if neither the option nor its environment variable is given. */
  readonly fallback: T
  /** The default as shown in the help; null if there is none. */
  readonly shown: string | null
  /** The environment variable used if the option is not given. */
  readonly env: string | null
  /** @throws UsageError with a message that follows the name of the option, such as `must be …` */
  read(text: string): T
}

type Options = Readonly<Record<string, Option<unknown>>>

export type ValuesOf<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never
}

export interface Command<O extends Options> {
  /** As typed, such as `npm run replay`. */
  readonly name: string
  /** What it does, in one sentence. */
  readonly about: string
  readonly options: O
  /** Positional arguments; none if missing. */
  readonly takes?: {
    /** As shown in the usage, such as `<trace.json.gz>`. */
    readonly name: string
    readonly about: string
    readonly least: number
    readonly most: number
  }
}

interface ParsedLine<O extends Options> {
  readonly values: ValuesOf<O>
  readonly given: readonly string[]
}

export function flag(about: string): Option<boolean> {
  return { value: null, about, fallback: false, shown: null, env: null, read: () => true }
}

/** A text option. */
export function text(value: string, about: string): Option<string | null>
export function text(value: string, about: string, fallback: string, shown?: string): Option<string>
export function text(
  value: string,
  about: string,
  fallback: string | null = null,
  shown = fallback,
): Option<string | null> {
  return { value, about, fallback, shown, env: null, read: given }
}

/** A whole number. @param env environment variable used if the option is not given */
export function whole(
  value: string,
  about: string,
  fallback: number,
  { least = 1, most = Number.MAX_SAFE_INTEGER, shown = String(fallback), env = null as string | null } = {},
): Option<number> {
  const read = (text: string) => {
    const number = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN
    if (number >= least && number <= most) return number
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
    throw new UsageError(`must be a whole number ${range}, not "${text}"`)
  }
  return { value, about, fallback, shown, env, read }
}

/** The address of a running Edgeroom, without a trailing slash. */
export function address(about: string): Option<string | null> {
  const read = (text: string) => addressOf(text)
  return { value: 'URL', about, fallback: null, shown: null, env: null, read }
}

/** @throws UsageError */
export function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^https?:$/.test(url.protocol) && url.host !== '') return url.href.replace(/\/+$/, '')
  throw new UsageError(`must be an address such as http://127.0.0.1:8787, not "${text}"`)
}

/**
 * Reads the command line, runs `main`, and sets the exit code to its result, if it is a number.
 * @param main receives the option values and the positional arguments
 */
export async function command<O extends Options>(
  spec: Command<O>,
  main: (values: ValuesOf<O>, given: readonly string[]) => Promise<number | undefined>,
): Promise<void> {
  const args = process.argv.slice(2)
  // Errors thrown in listeners and unhandled rejections.
  process.on('uncaughtException', (error) => {
    report(spec.name, error)
    process.exit()
  })
  try {
    if (asksForHelp(args)) {
      console.log(helpOf(spec))
      return
    }
    const { values, given } = lineOf(spec, args, process.env)
    const code = await main(values, given)
    if (typeof code === 'number') process.exitCode = code
  } catch (error) {
    report(spec.name, error)
  }
}

/** Prints an error, and sets the exit code. */
export function report(name: string, error: unknown): void {
  const isUsage = error instanceof UsageError
  const help = isUsage ? ` See ${invocation(name, '--help')}` : ''
  print(`${name}: ${errorText(error).replace(/\s*\n\s*/g, ' ')}${help}`)
  if (!isUsage && process.env.DEBUG && error instanceof Error) print(error.stack)
  process.exitCode = isUsage ? 2 : 1
}

/** @throws Error that says how to start Edgeroom, if it does not answer at `url` */
export async function checkAnswers(url: string): Promise<void> {
  const answer = await fetch(`${url}/healthz`).catch(() => null)
  const health: unknown = await answer?.json().catch(() => null)
  if (typeof health === 'object' && health !== null && 'ok' in health && health.ok === true) return
  throw new Error(
    answer === null
      ? `Nothing answers at ${url}. Start Edgeroom there first: npm start`
      : `The server at ${url} is not a ready Edgeroom: its /healthz responded with status ${answer.status}.`,
  )
}

/** @throws UsageError */
export function lineOf<O extends Options>(
  spec: Command<O>,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ParsedLine<O> {
  const { options, takes } = spec
  const kinds = Object.entries(options).map(
    ([name, { value }]) => [name, { type: value === null ? 'boolean' : 'string' }] as const,
  )
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(kinds),
    strict: false,
    tokens: true,
  })
  const texts = new Map<string, string>()
  const given: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') given.push(token.value)
    else if (token.kind === 'option') {
      const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
      if (option === undefined) throw new UsageError(`There is no option ${token.rawName}.`)
      if (texts.has(token.name)) throw new UsageError(`${token.rawName} is given twice.`)
      texts.set(token.name, textOf(option, token))
    }
  }
  const values = Object.entries(options).map(([name, option]) => [
    name,
    optionValue(name, option, texts, env),
  ])
  const { least = 0, most = 0 } = takes ?? {}
  if (given.length < least) throw new UsageError(`${takes?.name} is missing: ${takes?.about}.`)
  if (given.length > most) {
    const hint = most === 0 ? ` Options follow a double dash: ${invocation(spec.name, '--name value')}.` : ''
    throw new UsageError(`"${given[most]}" is one argument too many.${hint}`)
  }
  return { values: Object.fromEntries(values) as ValuesOf<O>, given }
}

interface OptionToken {
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

function textOf(option: Option<unknown>, { rawName, value, inlineValue }: OptionToken): string {
  if (option.value === null) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value.`)
    return ''
  }
  // A value with a leading dash is the next option, unless it is a negative
  // number or was given as --name=-x.
  if (value === undefined || (inlineValue !== true && /^-(?!\d)/.test(value))) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}.`)
  }
  return value
}

function optionValue(
  name: string,
  option: Option<unknown>,
  texts: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
): unknown {
  const typed = texts.get(name)
  const inherited = option.env === null ? '' : (env[option.env] ?? '')
  if (typed === undefined && inherited === '') return option.fallback
  return named(typed === undefined ? String(option.env) : `--${name}`, () => option.read(typed ?? inherited))
}

/** Returns what `read` returns; prefixes its UsageError with `name`. @throws UsageError */
export function named<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`${name} ${error.message}.`)
  }
}

function given(text: string): string {
  if (text !== '') return text
  throw new UsageError('must not be empty')
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  const own = end < 0 ? args : args.slice(0, end)
  return own.includes('--help') || own.includes('-h')
}

/** The text for `--help`. */
export function helpOf<O extends Options>({ name, about, options, takes }: Command<O>): string {
  const rows = Object.entries(options).map(([key, { value, about, shown, env }]) => {
    const notes = [env === null ? '' : `or ${env}`, shown === null ? '' : `default ${shown}`]
    const noted = notes.filter((note) => note !== '').join(', ')
    return [`--${key}${value === null ? '' : ` ${value}`}`, noted === '' ? about : `${about} (${noted})`]
  })
  rows.push(['--help', 'print this'])
  if (takes !== undefined) rows.unshift([takes.name, takes.about])
  const width = Math.max(...rows.map(([left = '']) => left.length))
  const lines = rows.map(([left = '', right]) => `  ${left.padEnd(width)}  ${right}`)
  const rest = Object.keys(options).length === 0 ? '' : '[options]'
  const usage = invocation(name, [takes?.name, rest].filter(Boolean).join(' '))
  return [`usage: ${usage}`, '', about, '', ...lines].join('\n')
}

/** npm passes on only what follows a double dash. */
function invocation(name: string, args: string): string {
  const dashes = name.startsWith('npm ') && args !== '' ? ' --' : ''
  return `${name}${dashes} ${args}`.trim()
}
