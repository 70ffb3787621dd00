/** Counts what a run did, by kind of attack and by answer, and collects its findings. */

export class Tally {
  readonly kinds = new Map<string, number>()
  readonly answers = new Map<string, number>()
  readonly wrong: string[] = []
  frames = 0
  /** Called after each frame. */
  readonly #progress: (frames: number) => void

  constructor(progress: (frames: number) => void) {
    this.#progress = progress
  }

  /** Counts a frame, or an attack that sends some. */
  sent(kind: string): void {
    add(this.kinds, kind)
    this.#progress(++this.frames)
  }

  /** Counts an HTTP request, which is not a frame. */
  asked(kind: string): void {
    add(this.kinds, kind)
  }

  answered(answer: string): void {
    add(this.answers, answer)
  }

  /** Kinds and answers that never occurred. */
  missing(kinds: readonly string[], answers: readonly string[]): string[] {
    return [
      ...kinds.filter((kind) => !this.kinds.has(kind)).map((kind) => `no case of kind "${kind}" was sent`),
      ...answers
        .filter((answer) => !this.answers.has(answer))
        .map((answer) => `no answer was ever "${answer}"`),
    ]
  }
}

/** Counts as printable lines, largest first. */
export function countsText(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${String(count).padStart(9)}  ${name}`)
    .join('\n')
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
