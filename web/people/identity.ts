/**
 * The guest identity of this window: a secret token, from which the server derives user id and name.
 * The browser remembers one token, so a returning guest keeps the same name. A second window uses
 * another token while it is open, so that two windows side by side are two people. Invariant where the
 * Locks API exists: no two open windows hold the same token. Without it (plain http), a duplicated tab
 * shares the token of its original.
 */
const KEY = 'edgeroom-guest'

/** ms that a reloaded window waits for its previous page to release the token */
const RELOAD_MS = 1_000

let taken: Promise<string> | undefined

/**
 * This window's token: the one from before a reload, else the browser's, else a
 * new one. The same on every call.
 */
export function guestToken(): Promise<string> {
  taken ??= take()
  return taken
}

async function take(): Promise<string> {
  const before = sessionStorage.getItem(KEY)
  const remembered = localStorage.getItem(KEY) ?? newToken()
  localStorage.setItem(KEY, remembered)
  const token =
    (before !== null && (await claim(before, RELOAD_MS)) && before) ||
    (remembered !== before && (await claim(remembered, 0)) && remembered) ||
    newToken()
  if (token !== before && token !== remembered) await claim(token, 0)
  sessionStorage.setItem(KEY, token)
  return token
}

/**
 * Locks the token until the window closes; false if another window holds it. Without the Locks API (plain
 * http), only the token that this window already had can be claimed.
 */
function claim(token: string, waitMs: number): Promise<boolean> {
  if (!('locks' in navigator)) return Promise.resolve(sessionStorage.getItem(KEY) === token)
  const options = waitMs > 0 ? { signal: AbortSignal.timeout(waitMs) } : { ifAvailable: true }
  return new Promise((resolve) => {
    navigator.locks
      .request(`${KEY}:${token}`, options, (lock) => {
        resolve(lock !== null)
        return lock === null ? undefined : new Promise(() => {})
      })
      // Only a timeout gets here: a granted lock is never released.
      .catch(() => resolve(false))
  })
}

function newToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `guest-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
