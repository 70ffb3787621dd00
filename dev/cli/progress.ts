/** A progress bar: a line that redraws itself in a terminal, one line per ten percent elsewhere. */
const CELLS = 30

export function progressBar(label: string, total: number): (done: number) => void {
  let lastTenth = -1
  let lastDrawn = 0
  return (done) => {
    const share = total === 0 ? 1 : done / total
    const percent = `${Math.floor(share * 100)}`.padStart(3)
    if (process.stdout.isTTY) {
      const now = Date.now()
      if (done < total && now - lastDrawn < 50) return
      lastDrawn = now
      const cells = Math.round(share * CELLS)
      const bar = '█'.repeat(cells) + '░'.repeat(CELLS - cells)
      process.stdout.write(`\r${label} ${bar} ${percent} % ${done}/${total}${done === total ? '\n' : ''}`)
    } else if (Math.floor(share * 10) > lastTenth) {
      lastTenth = Math.floor(share * 10)
      console.log(`${label} ${percent} % ${done}/${total}`)
    }
  }
}
