/** What a run did and what it found: counts by kind of attack and by answer, and everything that was not as it has to be. */

export class Tally {
  readonly kinds = new Map<string, number>()
  readonly answers = new Map<string, number>()
  readonly wrong: string[] = []
  frames = 0
  /** Is called after each frame. */
  readonly #progress: (frames: number) => void

  constructor(progress: (frames: number) => void) {
    this.#progress = progress
  }

  /** A frame, or a visit that sends some. */
  sent(kind: string): void {
    add(this.kinds, kind)
    this.#progress(++this.frames)
  }

  /** A request over HTTP, which is no frame. */
  asked(kind: string): void {
    add(this.kinds, kind)
  }

  answered(answer: string): void {
    add(this.answers, answer)
  }

  /** Kinds and answers that never happened. */
  missing(kinds: readonly string[], answers: readonly string[]): string[] {
    return [
      ...kinds
        .filter((kind) => !this.kinds.has(kind))
        .map((kind) => `nothing of the kind "${kind}" was fired`),
      ...answers
        .filter((answer) => !this.answers.has(answer))
        .map((answer) => `nothing was ever answered with "${answer}"`),
    ]
  }
}

/** Counts as lines to print, most first. */
export function countsText(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${String(count).padStart(9)}  ${name}`)
    .join('\n')
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
