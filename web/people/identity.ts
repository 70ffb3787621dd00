/**
 * Who this window is to a room: a guest with a token of its own, from which the server makes a name. The browser
 * keeps one token, so a guest who comes back has the same name. A second window takes another one for as long as it is
 * open, so that two windows side by side are two people. Invariant: no two open windows hold the same token.
 */
const KEY = 'edgeroom-guest'

/** ms that a reloaded window waits until its former self has let go of the token */
const RELOAD_MS = 1_000

let taken: Promise<string> | undefined

/** The token of this window: the one it had before a reload, else the browser's, else a new one. The same each time. */
export function guestToken(): Promise<string> {
  taken ??= take()
  return taken
}

async function take(): Promise<string> {
  const before = sessionStorage.getItem(KEY)
  const lasting = localStorage.getItem(KEY) ?? newToken()
  localStorage.setItem(KEY, lasting)
  const token =
    (before !== null && (await claim(before, RELOAD_MS)) && before) ||
    (lasting !== before && (await claim(lasting, 0)) && lasting) ||
    newToken()
  if (token !== before && token !== lasting) await claim(token, 0)
  sessionStorage.setItem(KEY, token)
  return token
}

/** Holds the token until the window closes; false when another window does. Without locks (plain http) it never does. */
function claim(token: string, waitMs: number): Promise<boolean> {
  if (!('locks' in navigator)) return Promise.resolve(sessionStorage.getItem(KEY) === token)
  const options = waitMs > 0 ? { signal: AbortSignal.timeout(waitMs) } : { ifAvailable: true }
  return new Promise((resolve) => {
    navigator.locks
      .request(`${KEY}:${token}`, options, (lock) => {
        resolve(lock !== null)
        return lock === null ? undefined : new Promise(() => {})
      })
      // Only the wait that ran out comes here: the lock itself is never let go.
      .catch(() => resolve(false))
  })
}

function newToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `guest-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
