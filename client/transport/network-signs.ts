/** Network and visibility events of the platform; only browsers have them. */

export interface NetworkSigns {
  /** The platform reports a network. */
  online(): void
  /** The platform reports no network. */
  offline(): void
  /** The page is visible again; events may have been missed while it was hidden. */
  shown(): void
}

/** Adds listeners. Returns a function that removes them. */
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
