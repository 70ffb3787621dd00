/**
 * What the clients of one room saw on their sockets: each submission that was sent, how it was answered, and
 * each commit as received. It does not rely on the SDK's own account of what is acked.
 */
import type { SocketFactory } from '../../client/types.ts'
import type { ClientMessage, Commit, ServerMessage, Submit } from '../../core/protocol/messages.ts'
import { markersIn } from './markers.ts'

/** How a client learned the outcome of its submission; `welcome` names the last `n` in the log. */
export type Answer = 'commit' | 'ack' | 'welcome' | 'reject'

export interface Submission {
  readonly client: string
  readonly n: number
  /** The markers that it inserts, in order. */
  readonly markers: readonly string[]
  /** How often it was sent. */
  sent: number
  answer: Answer | null
  /** seq of its commit, if the answer named it */
  seq: number | null
}

export class Witness {
  readonly submissions = new Map<string, Submission>()
  /** Commits as received, by seq. */
  readonly commits = new Map<number, string>()
  /** Violations that were seen at once. */
  readonly wrong: string[] = []
  epoch = ''
  connections = 0
  /** Called after each submission that is sent and each commit that is received. */
  onFrame: (kind: 'submit' | 'commit') => void = () => {}

  /** Sockets of one client. */
  sockets(): SocketFactory {
    let client = ''
    return (url, protocols) => {
      const socket = new WebSocket(url, protocols)
      this.connections++
      const send = socket.send.bind(socket)
      socket.send = (frame) => {
        send(frame)
        if (typeof frame !== 'string' || frame === 'ping') return
        const message = JSON.parse(frame) as ClientMessage
        if (message.type === 'hello') client = message.client
        else if (message.type === 'submit') this.#sent(client, message)
      }
      // Registered before the SDK sets `onmessage`.
      socket.addEventListener('message', ({ data }) => {
        for (const message of String(data).split('\n')) this.#came(client, message)
      })
      return socket
    }
  }

  #sent(client: string, message: Submit): void {
    const key = keyOf(client, message.n)
    const known = this.submissions.get(key)
    const markers = markersIn(message.changes)
    if (known === undefined) {
      this.submissions.set(key, { client, n: message.n, markers, sent: 1, answer: null, seq: null })
    } else {
      known.sent++
      if (known.markers.join() !== markers.join())
        this.wrong.push(`${key} was resent with ${markers} instead of ${known.markers}`)
    }
    this.onFrame('submit')
  }

  #came(client: string, frame: string): void {
    if (frame === 'pong') return
    const message = JSON.parse(frame) as ServerMessage
    if (message.type === 'commit') this.#commit(client, message, frame)
    else if (message.type === 'ack') this.#answered(keyOf(client, message.n), 'ack', message.seq)
    else if (message.type === 'reject') this.#answered(keyOf(client, message.n), 'reject', null)
    else if (message.type === 'welcome') {
      this.epoch ||= message.epoch
      if (this.epoch !== message.epoch) this.wrong.push('the room came back with another epoch')
      if (message.n > 0) this.#answered(keyOf(client, message.n), 'welcome', null)
    }
  }

  #commit(client: string, commit: Commit, frame: string): void {
    const before = this.commits.get(commit.seq)
    if (before !== undefined && before !== frame) {
      this.wrong.push(`commit ${commit.seq} arrived in two forms: ${excerpt(before)} and ${excerpt(frame)}`)
    }
    this.commits.set(commit.seq, frame)
    for (const entry of commit.entries) {
      if (entry.client === client) this.#answered(keyOf(client, entry.n), 'commit', commit.seq)
    }
    this.onFrame('commit')
  }

  #answered(key: string, answer: Answer, seq: number | null): void {
    const submission = this.submissions.get(key)
    if (submission === undefined) {
      this.wrong.push(`${key} was answered (${answer}) but never sent`)
      return
    }
    if ((submission.answer === 'reject') !== (answer === 'reject') && submission.answer !== null) {
      this.wrong.push(`${key} was answered with ${submission.answer}, and then with ${answer}`)
    }
    submission.answer ??= answer
    submission.seq ??= seq
  }
}

/** The name of a submission. */
export function keyOf(client: string, n: number): string {
  return `${client} ${n}`
}

export function excerpt(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`
}
