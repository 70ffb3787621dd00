/** The state of the connection in words that a person understands. Pure. */
import type { StatusInfo } from '../../client/types.ts'

export interface ConnectionWords {
  readonly tone: 'good' | 'busy' | 'bad'
  readonly text: string
  /** More for whoever points at it. */
  readonly detail: string
}

/** @param saved whether anything was saved since the connection came up */
export function connectionWords(status: StatusInfo, saved: boolean): ConnectionWords {
  const { pending } = status
  const waiting = `${pending} ${pending === 1 ? 'change' : 'changes'} waiting`
  switch (status.status) {
    case 'connecting':
      return { tone: 'busy', text: 'Connecting…', detail: 'On the way to the room' }
    case 'connected':
      if (pending > 0) return { tone: 'good', text: 'Saving…', detail: waiting }
      return {
        tone: 'good',
        text: saved ? 'All changes saved' : 'Connected',
        detail: 'Everybody sees what you type',
      }
    case 'stalled':
      return {
        tone: 'bad',
        text: `No answer – ${waiting}`,
        detail: 'The room does not answer. Go on typing: what you do is kept here until it does.',
      }
    case 'reconnecting':
      return {
        tone: 'bad',
        text: pending > 0 ? `Reconnecting – ${waiting}` : 'Reconnecting…',
        detail: `${sentence(status.reason ?? 'the connection is lost')} Go on typing: it will be merged.`,
      }
    case 'offline':
      return {
        tone: 'bad',
        text: pending > 0 ? `Offline – ${waiting}` : 'Offline',
        detail: 'Go on typing: it is kept here, and merged once the network is back.',
      }
    case 'refused':
      return {
        tone: 'bad',
        text: pending > 0 ? `Refused – ${pending} not saved` : 'Refused',
        detail: sentence(status.reason ?? 'the room does not let you in'),
      }
    case 'closed':
      return {
        tone: 'bad',
        text: pending > 0 ? `Disconnected – ${pending} not saved` : 'Disconnected',
        detail: sentence(status.reason ?? 'Reload the page to come back'),
      }
  }
}

/** Reasons come as they stand in a close frame: without a capital and without a stop. */
function sentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1).replace(/[.!]$/, '')}.`
}
