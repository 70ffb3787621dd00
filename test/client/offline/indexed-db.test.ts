/** Failures of IndexedDB in browsers. The browser here is a fake that only answers requests. */
import { afterEach, expect, it, vi } from 'vitest'
import { indexedDbStorage } from '../../../client/offline/indexed-db.ts'

type Handler = (() => void) | null

class Request {
  onsuccess: Handler = null
  onerror: Handler = null
  onupgradeneeded: Handler = null
  readonly result: unknown
  readonly error = new Error('no')

  constructor(result: unknown) {
    this.result = result
  }
}

class Database {
  closed = false
  onclose: Handler = null

  close(): void {
    this.closed = true
  }

  transaction() {
    const keys = new Request([['room', 'client-1', 'replica']])
    queueMicrotask(() => keys.onsuccess?.())
    return { objectStore: () => ({ getAllKeys: () => keys }) }
  }
}

/** A fake browser, with the open requests it received. */
function browser() {
  const requests: Request[] = []
  vi.useFakeTimers()
  vi.stubGlobal('navigator', { locks: {} })
  vi.stubGlobal('sessionStorage', { getItem: () => null })
  vi.stubGlobal('IDBKeyRange', { bound: () => null })
  vi.stubGlobal('indexedDB', {
    open: () => {
      const request = new Request(new Database())
      requests.push(request)
      return request
    },
  })
  return { requests, storage: indexedDbStorage() ?? expect.unreachable() }
}

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('retries when the browser lost the request, and closes a late database', async () => {
  const { requests, storage } = browser()
  const asked = storage.clients('room')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(requests).toHaveLength(2)
  requests[1]?.onsuccess?.()
  expect(await asked).toEqual(['client-1'])
  requests[0]?.onsuccess?.()
  expect(requests.map(({ result }) => (result as Database).closed)).toEqual([true, false])
})

it('does not retry forever', async () => {
  const { requests, storage } = browser()
  const asked = storage.clients('room')
  await vi.advanceTimersByTimeAsync(60_000)
  expect([requests.length, vi.getTimerCount()]).toEqual([5, 0])
  requests[3]?.onsuccess?.()
  expect(await asked).toEqual(['client-1'])
})

it('reopens the database after a failure, and after the browser closed it', async () => {
  const { requests, storage } = browser()
  const failed = storage.clients('room')
  await vi.advanceTimersByTimeAsync(0)
  requests[0]?.onerror?.()
  await expect(failed).rejects.toThrow('no')
  for (const next of [1, 2]) {
    const asked = storage.clients('room')
    await vi.advanceTimersByTimeAsync(0)
    requests[next]?.onsuccess?.()
    expect(await asked).toEqual(['client-1'])
    const database = requests[next]?.result as Database | undefined
    database?.onclose?.()
  }
  expect(requests).toHaveLength(3)
})
