/**
 * Matches answers with frames. Frames that were sent together are compared with everything that came back:
 * each gets the answer that names it, silence, or the close that ended the socket. Pure; the oracle decides
 * whether an answer is correct.
 */
import type { ServerMessage } from '../../core/protocol/messages.ts'
import type { Frame } from './oracle/oracle.ts'

export interface Heard {
  /** The answer, named as the oracle names it. */
  readonly answer: string
  /** What it answers: a submission's number, a file, a blob. */
  readonly about: string
}

/** Presence is answered only if it is too large, and the answer does not say which. */
const PRESENCE = 'presence'

/** What the answer to a frame will name; empty if it names nothing. */
export function aboutOf({ text, message }: Frame): string {
  if (text === 'ping') return 'ping'
  switch (message?.type) {
    case 'hello':
      return 'hello'
    case 'auth':
      return 'auth'
    case 'submit':
      return `n ${message.n}`
    case 'open':
      return `file ${message.file}`
    case 'blob':
      return `blob ${message.blob}`
    case 'presence':
      return PRESENCE
    default:
      return ''
  }
}

/** What a frame from the room answers to this client; empty if it is not an answer. */
export function heardIn(message: ServerMessage, client: string): Heard[] {
  switch (message.type) {
    case 'welcome':
      return [{ answer: 'welcome', about: 'hello' }]
    case 'auth':
      return [{ answer: 'auth', about: 'auth' }]
    case 'ack':
      return [{ answer: 'ack', about: `n ${message.n}` }]
    case 'reject':
      return [{ answer: `reject ${message.code}`, about: `n ${message.n}` }]
    case 'resync':
      return [{ answer: 'resync', about: 'any n' }]
    case 'text':
      return [{ answer: 'text', about: `file ${message.file}` }]
    case 'blob':
      return [{ answer: 'blob', about: `blob ${message.blob}` }]
    case 'error': {
      if (message.code === 'presence_too_large') return [{ answer: `error ${message.code}`, about: PRESENCE }]
      const kind = message.code === 'no_such_blob' ? 'blob' : 'file'
      return [{ answer: `error ${message.code}`, about: `${kind} ${message.about}` }]
    }
    case 'commit':
      return message.entries
        .filter((entry) => entry.client === client)
        .map(({ n }) => ({ answer: 'commit', about: `n ${n}` }))
    default:
      return []
  }
}

export interface Matching {
  /** Per frame: its answer, or null if none can be matched (yet). */
  readonly answers: readonly (string | null)[]
  /** Answers that match no frame. */
  readonly unasked: readonly Heard[]
  /** [T4] Whether the answers, except commits and texts, arrived in the order of the frames. */
  readonly isOrdered: boolean
}

/**
 * @param allowed the answers that each frame may get
 * @param close the code that ended the socket, if it ended
 */
export function match(
  abouts: readonly string[],
  allowed: readonly ReadonlySet<string>[],
  heard: readonly Heard[],
  close: number | null,
): Matching {
  const left = new Set(heard.keys())
  let last = -1
  let isOrdered = true
  const answers = abouts.map((about, at): string | null => {
    // A commit that this frame cannot have caused is that of an earlier frame with its number: it may arrive
    // here later than on another socket.
    const mayBe = ({ answer }: Heard) =>
      (about !== PRESENCE && answer !== 'commit') || allowed[at]?.has(answer)
    const named = [...left].filter((i) => {
      const one = heard[i]
      return one?.about === about && mayBe(one)
    })
    // Frames with the same number: a commit follows the refusals of later frames.
    const found =
      named.find((i) => allowed[at]?.has(heard[i]?.answer ?? '')) ?? named[0] ?? resyncFor(about, heard, left)
    if (found === undefined) return null
    left.delete(found)
    const answer = heard[found]?.answer ?? ''
    // The platform answers pings by itself, whatever the room waits for; and [X3] a text is sent when it is
    // available.
    if (answer !== 'commit' && answer !== 'pong' && !about.startsWith('file ')) {
      isOrdered &&= found > last
      last = found
    }
    return answer
  })
  if (close !== null) {
    const at = answers.findIndex((answer, i) => answer === null && allowed[i]?.has(`close ${close}`))
    if (at !== -1) answers[at] = `close ${close}`
    // Frames after this one were never read.
    if (at !== -1) answers.splice(at + 1)
  }
  return { answers, unasked: [...left].flatMap((i) => heard[i] ?? []), isOrdered }
}

function resyncFor(about: string, heard: readonly Heard[], left: ReadonlySet<number>): number | undefined {
  return about.startsWith('n ') ? [...left].find((i) => heard[i]?.about === 'any n') : undefined
}
