/** What the platform says of the network, where it says anything: browsers do. */

export interface NetworkSigns {
  /** The network is said to be back. */
  online(): void
  /** There is said to be none. */
  offline(): void
  /** The page is looked at again: what happened while it was not may have gone unnoticed. */
  shown(): void
}

/** Listens; the answer stops listening. */
export function watchNetwork({ online, offline, shown }: NetworkSigns): () => void {
  const look = () => {
    if (document.visibilityState === 'visible') shown()
  }
  const hasEvents = typeof addEventListener === 'function'
  const hasPage = typeof document === 'object'
  if (hasEvents) {
    addEventListener('online', online)
    addEventListener('offline', offline)
  }
  if (hasPage) document.addEventListener('visibilitychange', look)
  return () => {
    if (hasEvents) {
      removeEventListener('online', online)
      removeEventListener('offline', offline)
    }
    if (hasPage) document.removeEventListener('visibilitychange', look)
  }
}
