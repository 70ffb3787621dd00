/** Which name labels are shown at remote cursors. */
import { describe, expect, it } from 'vitest'
import { MOST_NAMES, RecentMoves } from '../../editors/labels.ts'
import type { PeerCursors } from '../../editors/peer-cursors.ts'

const peer = (session: string, moves: number): PeerCursors => ({
  session,
  client: session,
  name: session,
  color: 'red',
  selections: [],
  moves,
})

describe('the names at remote cursors', () => {
  it('are all shown for a few people', () => {
    const peers = [peer('a', 1), peer('b', 1)]
    expect([...new RecentMoves().of(peers)]).toEqual(['a', 'b'])
  })

  it('are those of the most recent movers for many people', () => {
    const recent = new RecentMoves()
    const peers = Array.from({ length: 100 }, (_, i) => peer(`s${i}`, 1))
    expect(recent.of(peers).size).toBe(MOST_NAMES)
    peers[3] = peer('s3', 2)
    peers[40] = peer('s40', 2)
    const shown = recent.of(peers)
    expect(shown.size).toBe(MOST_NAMES)
    expect([...shown].slice(-2)).toEqual(['s3', 's40'])
    expect(recent.of(peers.slice(0, 10))).toEqual(new Set(peers.slice(2, 10).map(({ session }) => session)))
  })
})
