/** One HTTP request, sent by node:http, which leaves paths and headers as they are written. */
import { request as httpRequest } from 'node:http'

export interface Request {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Allowed statuses, with the error's code where it matters: `404 no_such_room`. */
  readonly allowed: readonly string[]
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/** Time limit for an answer, in ms. */
const MOST_MS = 20_000

/** The error code, if the body is one of Edgeroom's errors. */
export function codeOf({ body, status }: Answer): string | null {
  if (status < 400) return null
  try {
    const { error } = JSON.parse(body) as { error?: { code?: unknown; message?: unknown } }
    return typeof error?.code === 'string' && typeof error.message === 'string' ? error.code : null
  } catch {
    return null
  }
}

export function ask(url: string, { method = 'GET', path, headers = {}, body }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const length: Record<string, string> =
      body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
    const asked = httpRequest(
      { hostname, port, method, path, headers: { ...length, ...headers }, agent: false },
      (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => {
          asked.destroy()
          resolve({
            status: answer.statusCode ?? 0,
            body: Buffer.concat(parts).toString(),
          })
        })
        answer.on('error', reject)
      },
    )
    asked.setTimeout(MOST_MS, () =>
      asked.destroy(new Error(`no answer to ${method} ${path} within ${MOST_MS} ms`)),
    )
    asked.on('error', reject)
    asked.end(body)
  })
}
