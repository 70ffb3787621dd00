/** A proxy that serves a deployment below a path of its own host, and strips the path when forwarding. */
import { createServer, type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'

export interface StrippingProxy {
  /** The deployment's address at the proxy, without a trailing slash. */
  readonly url: string
  /** The paths requested so far, as received. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

/** @param target the deployment's own URL @param prefix the path, such as `/edgeroom` */
export async function startStrippingProxy(target: string, prefix: string): Promise<StrippingProxy> {
  const asked: string[] = []
  const sockets = new Set<Duplex>()
  const onward = (message: IncomingMessage) => {
    const path = message.url ?? ''
    asked.push(path)
    if (!path.startsWith(`${prefix}/`)) return null
    const { method, headers } = message
    return request(`${target}${path.slice(prefix.length)}`, { method, headers })
  }
  const server = createServer((message, answer) => {
    const passed = onward(message)
    if (passed === null) {
      answer.writeHead(404).end()
      return
    }
    passed.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    message.pipe(passed)
  })
  server.on('upgrade', (message: IncomingMessage, socket: Duplex) => {
    sockets.add(socket)
    const passed = onward(message)
    if (passed === null) {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      return
    }
    passed.on('upgrade', (response, behind, head) => {
      sockets.add(behind)
      const { rawHeaders } = response
      const lines = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []))
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`)
      socket.write(head)
      socket.pipe(behind).pipe(socket)
      for (const side of [socket, behind]) side.on('error', () => side.destroy())
    })
    passed.end()
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return {
    url: `http://127.0.0.1:${address.port}${prefix}`,
    asked,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
