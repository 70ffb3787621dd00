/**
 * Which answer belongs to which frame. Frames that went out together are held against everything that came back: each gets the answer that
 * names it, silence, or the close that ended the socket. Pure; whether an answer is the right one, the oracle says.
 */
import type { ServerMessage } from '../../core/protocol/messages.ts'

export interface Heard {
  /** As the oracle names answers. */
  readonly answer: string
  /** What it answers: a submission's number, a file, a blob. */
  readonly about: string
}

/** Only presence that is too large is answered, and the answer does not say which. */
const PRESENCE = 'presence'

/** What the answer to a frame will name; empty where it names nothing. */
export function aboutOf(frame: string): string {
  if (frame === 'ping') return 'ping'
  try {
    const message = JSON.parse(frame) as Record<string, unknown> | null
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
    }
  } catch {
    // No JSON: nothing that an answer could name.
  }
  return ''
}

/** What a frame of the room answers to this client; empty where it only tells news. */
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
  /** Per frame: its answer, or null where none can be told apart (yet). */
  readonly answers: readonly (string | null)[]
  /** Answers that no frame asked for. */
  readonly unasked: readonly Heard[]
  /** [T4] Whether the answers came in the order of the frames, commits and texts aside. */
  readonly isOrdered: boolean
}

/**
 * @param allowed what each frame may be answered with
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
    const mayBe = ({ answer }: Heard) => about !== PRESENCE || allowed[at]?.has(answer)
    const found =
      [...left].find((i) => heard[i]?.about === about && mayBe(heard[i])) ?? resyncFor(about, heard, left)
    if (found === undefined) return null
    left.delete(found)
    const answer = heard[found]?.answer ?? ''
    // The platform answers pings by itself, whatever the room is waiting for; and [X3] a text comes when it is there.
    if (answer !== 'commit' && answer !== 'pong' && !about.startsWith('file ')) {
      isOrdered &&= found > last
      last = found
    }
    return answer
  })
  if (close !== null) {
    const at = answers.findIndex((answer, i) => answer === null && allowed[i]?.has(`close ${close}`))
    if (at !== -1) answers[at] = `close ${close}`
    // What came behind it was never looked at.
    if (at !== -1) answers.splice(at + 1)
  }
  return { answers, unasked: [...left].flatMap((i) => heard[i] ?? []), isOrdered }
}

function resyncFor(about: string, heard: readonly Heard[], left: ReadonlySet<number>): number | undefined {
  return about.startsWith('n ') ? [...left].find((i) => heard[i]?.about === 'any n') : undefined
}
