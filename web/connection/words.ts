/** The connection status in words for people. Pure. */
import type { StatusInfo } from '../../client/types.ts'

export interface ConnectionWords {
  readonly tone: 'good' | 'busy' | 'bad'
  readonly text: string
  /** Shown on hover. */
  readonly detail: string
}

/** @param saved whether anything was saved since the connection came up */
export function connectionWords(status: StatusInfo, saved: boolean): ConnectionWords {
  const { pending } = status
  const waiting = `${pending} ${pending === 1 ? 'change' : 'changes'} waiting`
  switch (status.status) {
    case 'connecting':
      return { tone: 'busy', text: 'Connecting…', detail: 'Connecting to the room' }
    case 'connected':
      if (pending > 0) return { tone: 'good', text: 'Saving…', detail: waiting }
      return {
        tone: 'good',
        text: saved ? 'All changes saved' : 'Connected',
        detail: 'Everyone sees what you type',
      }
    case 'stalled':
      return {
        tone: 'bad',
        text: `No answer – ${waiting}`,
        detail: 'The room is not responding. Keep typing: your changes are kept here until it does.',
      }
    case 'reconnecting':
      return {
        tone: 'bad',
        text: pending > 0 ? `Reconnecting – ${waiting}` : 'Reconnecting…',
        detail: `${sentence(status.reason ?? 'the connection was lost')} Keep typing: your changes will be merged.`,
      }
    case 'offline':
      return {
        tone: 'bad',
        text: pending > 0 ? `Offline – ${waiting}` : 'Offline',
        detail: 'Keep typing: your changes are kept here, and merged once the network is back.',
      }
    case 'refused':
      return {
        tone: 'bad',
        text: pending > 0 ? `Refused – ${pending} not saved` : 'Refused',
        detail: sentence(status.reason ?? 'the room refused access'),
      }
    case 'closed':
      return {
        tone: 'bad',
        text: pending > 0 ? `Disconnected – ${pending} not saved` : 'Disconnected',
        detail: sentence(status.reason ?? 'reload the page to reconnect'),
      }
  }
}

/** Close reasons have no capital and no full stop. */
function sentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1).replace(/[.!]$/, '')}.`
}
