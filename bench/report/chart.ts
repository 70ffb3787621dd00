/**
 * Draws CPU per op and ops/s over the number of clients, for all systems, as an SVG with its own
 * background, in the reader's colour scheme. Both axes are logarithmic; a vertical line through a point is
 * its spread.
 */
import type { Estimate } from './results.ts'

export interface ChartSystem {
  readonly name: string
  /** What its ack means. */
  readonly ack: string
  readonly isDurable: boolean
  readonly isMerged: boolean
  /** ms, by number of clients; undefined where it was not measured. */
  readonly cpuMsPerOp: readonly (Estimate | undefined)[]
  readonly opsPerS: readonly (Estimate | undefined)[]
}

export interface ChartData {
  readonly caption: string
  readonly clients: readonly number[]
  /** Edgeroom first. */
  readonly systems: readonly ChartSystem[]
}

interface Panel {
  readonly title: string
  readonly left: number
  readonly values: (system: ChartSystem) => readonly (Estimate | undefined)[]
}

/** A point of a line, in pixels; `low` and `high` are the ends of the spread. */
interface Point {
  readonly x: number
  readonly y: number
  readonly low: number
  readonly high: number
}

const WIDTH = 960
const TOP = 92
const PLOT_WIDTH = 372
const PLOT_HEIGHT = 300
const LEFT = 60
const RIGHT_PANEL = 540
const LEGEND_TOP = TOP + PLOT_HEIGHT + 76
const LEGEND_ROW = 22
const ACK_LEFT = 250
const DURABLE_LEFT = 720
const MERGED_LEFT = 820
/** The first is Edgeroom's; light and dark. */
const COLOURS: readonly (readonly [light: string, dark: string])[] = [
  ['#0b5fff', '#6ea8ff'],
  ['#57606a', '#9aa4af'],
  ['#8a5a00', '#d9a441'],
  ['#b8860b', '#f0d060'],
  ['#b3261e', '#ff8a80'],
  ['#1a7f37', '#57d27a'],
  ['#8250df', '#c9a6ff'],
  ['#bf3989', '#ff9bd0'],
]
/** Tells lines apart without colour. */
const DASHES = ['', '', '6 3', '2 3', '8 3 2 3', '5 2', '10 4', '1 4']

export function chartOf({ caption, clients, systems }: ChartData): string {
  const panels: readonly Panel[] = [
    { title: 'CPU per op, ms (less is better)', left: LEFT, values: ({ cpuMsPerOp }) => cpuMsPerOp },
    { title: 'ops per second (more is better)', left: RIGHT_PANEL, values: ({ opsPerS }) => opsPerS },
  ]
  const height = LEGEND_TOP + (systems.length + 1) * LEGEND_ROW
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title caption">`,
    `<title id="title">CPU per op and ops per second over the number of clients</title>`,
    style(systems.length),
    `<rect class="page" width="${WIDTH}" height="${height}" rx="8"/>`,
    text(24, 34, 'People in one 10 kB file, each sending the next op when the last one came back', 'heading'),
    `<text id="caption" class="note" x="24" y="56">${escaped(caption)}</text>`,
    ...panels.flatMap((panel) => panelOf(panel, clients, systems)),
    text(ACK_LEFT, LEGEND_TOP, 'what an ack means', 'note title'),
    text(DURABLE_LEFT, LEGEND_TOP, 'durable', 'note title'),
    text(MERGED_LEFT, LEGEND_TOP, 'merged', 'note title'),
    ...systems.flatMap((system, i) => legendOf(system, i)),
    '</svg>',
  ].join('\n')}\n`
}

function style(systems: number): string {
  const colours = (scheme: 0 | 1) =>
    Array.from({ length: systems }, (_, i) => `--s${i}: ${COLOURS[i % COLOURS.length]?.[scheme]};`).join(' ')
  const lines = Array.from(
    { length: systems },
    (_, i) =>
      `.s${i} { --colour: var(--s${i}); } .line.s${i} { stroke-dasharray: ${DASHES[i % DASHES.length] || 'none'}; }`,
  )
  return `<style>
svg { --page: #ffffff; --ink: #1f2328; --soft: #59636e; --grid: #d8dee4; ${colours(0)} }
@media (prefers-color-scheme: dark) {
  svg { --page: #0d1117; --ink: #f0f6fc; --soft: #9aa4af; --grid: #2f353d; ${colours(1)} }
}
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
.page { fill: var(--page); }
.heading { font-size: 16px; font-weight: 600; }
.title { font-weight: 600; }
.note, .tick { fill: var(--soft); font-size: 12px; }
.own { font-weight: 600; }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.grid { stroke: var(--grid); stroke-width: 1; }
.line { fill: none; stroke: var(--colour); stroke-width: 1.6; stroke-linejoin: round; }
.line.own { stroke-width: 3.2; }
.spread { stroke: var(--colour); stroke-width: 1.2; }
.point { fill: var(--colour); }
${lines.join('\n')}
</style>`
}

function panelOf(
  { title, left, values }: Panel,
  clients: readonly number[],
  systems: readonly ChartSystem[],
): string[] {
  const all = systems.flatMap((system) => values(system).filter((value) => value !== undefined))
  const ends = all.flatMap(({ median, spread }) => [median, spread?.low ?? median, spread?.high ?? median])
  const positive = ends.filter((value) => value > 0)
  const [bottom, top] = [Math.min(...positive), Math.max(...positive)]
  const ticks = positive.length === 0 ? [] : ticksOf(bottom, top)
  const [lowest = 1, highest = 10] = [ticks[0], ticks.at(-1)]
  const x = (i: number) => left + ((i + 0.5) * PLOT_WIDTH) / clients.length
  const y = (value: number) =>
    TOP + PLOT_HEIGHT * (1 - Math.log(Math.max(value, lowest) / lowest) / Math.log(highest / lowest))
  const pointsOf = (system: ChartSystem): (Point | null)[] =>
    clients.map((_, i) => {
      const value = values(system)[i]
      if (value === undefined || !(value.median > 0)) return null
      const { median, spread } = value
      return { x: x(i), y: y(median), low: y(spread?.low ?? median), high: y(spread?.high ?? median) }
    })
  return [
    text(left, TOP - 14, title, 'title'),
    ...ticks.flatMap((tick) => [
      `<line class="grid" x1="${left}" x2="${left + PLOT_WIDTH}" y1="${round(y(tick))}" y2="${round(y(tick))}"/>`,
      text(left - 8, y(tick) + 4, label(tick), 'tick end'),
    ]),
    ...clients.map((count, i) => text(x(i), TOP + PLOT_HEIGHT + 20, String(count), 'tick middle')),
    text(left + PLOT_WIDTH / 2, TOP + PLOT_HEIGHT + 40, 'clients', 'note middle'),
    // Edgeroom last, above the others.
    ...systems.flatMap((system, i) => lineOf(pointsOf(system), i)).reverse(),
  ]
}

/** Drawn in reverse order. */
function lineOf(points: readonly (Point | null)[], index: number): string[] {
  const known = points.filter((point) => point !== null)
  const path = known.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join(' ')
  const own = index === 0 ? ' own' : ''
  return [
    ...known.map(
      ({ x, y }) =>
        `<circle class="point s${index}" cx="${round(x)}" cy="${round(y)}" r="${index === 0 ? 4.5 : 3}"/>`,
    ),
    ...known
      .filter(({ low, high }) => low !== high)
      .map(
        ({ x, low, high }) =>
          `<path class="spread s${index}" d="M${round(x)} ${round(low)} V${round(high)}"/>`,
      ),
    ...(path === '' ? [] : [`<path class="line s${index}${own}" d="${path}"/>`]),
  ]
}

function legendOf({ name, ack, isDurable, isMerged }: ChartSystem, index: number): string[] {
  const y = LEGEND_TOP + (index + 1) * LEGEND_ROW
  const own = index === 0 ? ' own' : ''
  return [
    `<path class="line s${index}${own}" d="M24 ${y - 4} H64"/>`,
    `<circle class="point s${index}" cx="44" cy="${y - 4}" r="${index === 0 ? 4.5 : 3}"/>`,
    text(76, y, name, own.trim()),
    text(ACK_LEFT, y, ack, 'note'),
    text(DURABLE_LEFT, y, isDurable ? 'yes' : 'no', 'note'),
    text(MERGED_LEFT, y, isMerged ? 'yes' : 'no', 'note'),
  ]
}

/** 1, 2 and 5 times powers of ten, from the last below `bottom` to the first above `top`. */
export function ticksOf(bottom: number, top: number): number[] {
  const steps: number[] = []
  for (let power = Math.floor(Math.log10(bottom)); power <= Math.ceil(Math.log10(top)); power++)
    for (const step of [1, 2, 5]) steps.push(Number(`${step}e${power}`))
  const first = steps.findLastIndex((step) => step <= bottom)
  const last = steps.findIndex((step) => step >= top && step > bottom)
  return steps.slice(Math.max(0, first), last + 1)
}

function label(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

function text(x: number, y: number, content: string, classes: string): string {
  return `<text class="${classes}" x="${round(x)}" y="${round(y)}">${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const round = (value: number): number => Number(value.toFixed(1))
