/**
 * A proxy between the Worker and its database endpoint that injects every fault a network or database can
 * cause: responds with 500, never responds, disconnects, or forwards the call and loses the response. It
 * classifies each call by its purpose for the room (load, texts, commits, flush), and records when it began
 * and ended, so that calls can be counted.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type CallKind = 'load' | 'mark' | 'texts' | 'commits' | 'flush' | 'other'

/** One store call: one HTTP request, which is one transaction. */
export interface Call {
  readonly kind: CallKind
  readonly room: string
  /** The parameters of all its statements. */
  readonly params: readonly unknown[]
  /** When the request was complete, in ms of `performance.now`. */
  readonly began: number
  /** When the response was sent or the connection closed; null while in progress. */
  ended: number | null
  /** HTTP status from the database; null until it responds, or if the call was not forwarded. */
  stored: number | null
}

/**
 * What happens to a call. `pass`: forwarded. `fail`: 500. `hang`: no response. `drop`: disconnected without
 * being forwarded. `cut`: disconnected in the middle of the response. `late`: forwarded, but the response is
 * held until the caller has given up. `before` and `after` delay it until a promise resolves, before it is
 * forwarded or after the database has responded.
 */
export type Fate =
  | 'pass'
  | 'fail'
  | 'hang'
  | 'drop'
  | 'cut'
  | 'late'
  | { readonly before: Promise<unknown> }
  | { readonly after: Promise<unknown> }

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export class FaultyEndpoint {
  /** All calls since the start, in order of arrival. */
  readonly calls: Call[] = []
  /** Decides about each further call. */
  fate: (call: Call) => Fate = () => 'pass'
  /** The real endpoint; to be set before the first call. */
  target = ''
  readonly #server: Server
  readonly #looks = new Set<() => void>()

  private constructor() {
    this.#server = createServer((incoming, outgoing) => {
      this.#take(incoming, outgoing).catch((error: unknown) => {
        outgoing.destroy(error instanceof Error ? error : new Error(String(error)))
      })
    })
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(): Promise<FaultyEndpoint> {
    const endpoint = new FaultyEndpoint()
    await new Promise<void>((resolve) => {
      endpoint.#server.listen(0, '127.0.0.1', resolve)
    })
    return endpoint
  }

  /** For NEON_ENDPOINT. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/sql`
  }

  /** Ends all faults. Calls that hang keep hanging. */
  heal(): void {
    this.fate = () => 'pass'
  }

  /** The calls of one kind, optionally of one room. */
  of(kind: CallKind, room?: string): Call[] {
    return this.calls.filter((call) => call.kind === kind && (room === undefined || call.room === room))
  }

  /**
   * Resolves as soon as `holds` is true, checking now and whenever a call
   * arrives, gets its response, or ends.
   */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return
        this.#looks.delete(look)
        resolve()
      }
      this.#looks.add(look)
    })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }

  #look(): void {
    for (const look of [...this.#looks]) look()
  }

  async #take(incoming: IncomingMessage, outgoing: import('node:http').ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const call: Call = {
      ...callOf(body.toString('utf8')),
      began: performance.now(),
      ended: null,
      stored: null,
    }
    this.calls.push(call)
    const gone = new Promise<void>((resolve) => {
      outgoing.once('close', () => {
        call.ended ??= performance.now()
        resolve()
        this.#look()
      })
    })
    const fate = this.fate(call)
    this.#look()
    if (fate === 'hang') return
    if (fate === 'drop') {
      outgoing.destroy()
      return
    }
    if (fate === 'fail') {
      outgoing.writeHead(500).end('the endpoint failed')
      return
    }
    if (typeof fate === 'object' && 'before' in fate) await fate.before
    const answer = await forward(this.target, incoming.headers, body)
    call.stored = answer.status
    this.#look()
    if (typeof fate === 'object' && 'after' in fate) await Promise.race([fate.after, gone])
    if (fate === 'late') await gone
    if (outgoing.destroyed) return
    if (fate === 'cut') {
      outgoing.writeHead(answer.status, { 'content-length': answer.body.length })
      outgoing.write(answer.body.subarray(0, answer.body.length >> 1), () => outgoing.destroy())
      return
    }
    const type = answer.headers['content-type'] ?? 'application/json'
    // Taken before the caller can see the end, so that two successive calls never seem to overlap.
    call.ended = performance.now()
    outgoing.writeHead(answer.status, { 'content-type': type, 'content-length': answer.body.length })
    outgoing.end(answer.body)
  }
}

/** A promise that a test resolves. */
export class Gate {
  readonly opened: Promise<void>
  #open: () => void = () => {}

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  open(): void {
    this.#open()
  }
}

interface Query {
  readonly query: string
  readonly params: readonly unknown[]
}

function callOf(body: string): Pick<Call, 'kind' | 'room' | 'params'> {
  const parsed = JSON.parse(body) as Query | { readonly queries: readonly Query[] }
  const queries = 'queries' in parsed ? parsed.queries : [parsed]
  // Every transaction begins by setting its timeouts.
  const asked = queries.filter(({ query }) => !query.startsWith('select set_config'))
  const [first] = asked
  const sql = first?.query ?? ''
  return {
    kind: kindOf(sql),
    room: String(first?.params[0] ?? ''),
    params: asked.flatMap(({ params }) => params),
  }
}

function kindOf(sql: string): CallKind {
  if (sql.startsWith('insert into "rooms"') || sql.endsWith('for update')) return 'flush'
  if (!sql.startsWith('select')) return 'other'
  if (sql.includes('from "rooms"')) return sql.includes('"policy"') ? 'load' : 'mark'
  if (sql.includes('from "commits"')) return 'commits'
  return sql.includes('from "files"') ? 'texts' : 'other'
}

function forward(target: string, headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> {
  const passed = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['host', 'connection', 'transfer-encoding'].includes(name)),
  )
  return new Promise((resolve, reject) => {
    const outgoing = request(target, {
      method: 'POST',
      headers: { ...passed, 'content-length': body.length },
      agent: false,
    })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        })
      })
    })
    outgoing.end(body)
  })
}
