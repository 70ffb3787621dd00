/**
 * Makes DOM elements from plain calls. Text always goes in as text, never as markup, so nothing that a user or a
 * peer wrote can become an element.
 */
type Child = Node | string | null | false

interface Props {
  class?: string
  /** Attributes; null and false leave one out, true sets an empty one. */
  attrs?: Record<string, string | number | boolean | null>
  /** CSS custom properties, with their dashes. */
  vars?: Record<string, string>
  on?: { [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void }
}

/** An element with its attributes, listeners and children. */
export function h<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag)
  if (props.class) element.className = props.class
  for (const [name, value] of Object.entries(props.attrs ?? {})) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : String(value))
  }
  for (const [name, value] of Object.entries(props.vars ?? {})) element.style.setProperty(name, value)
  for (const [event, listener] of Object.entries(props.on ?? {})) {
    element.addEventListener(event, listener as EventListener)
  }
  element.append(...children.filter((child) => child !== null && child !== false))
  return element
}

/** An icon of one stroke, 20 by 20; `path` is the `d` of an SVG path. It is decoration: its button carries the name. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 20 20')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS(svg.namespaceURI, 'path')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

export const ICONS = {
  files: 'M3 5h14M3 10h14M3 15h14',
  plus: 'M10 4v12M4 10h12',
  close: 'M5 5l10 10M15 5L5 15',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  chevron: 'M7.5 5l5 5-5 5',
  share:
    'M8 11.5a3.5 3.5 0 0 0 5 0l3-3a3.5 3.5 0 0 0-5-5l-1 1M12 8.5a3.5 3.5 0 0 0-5 0l-3 3a3.5 3.5 0 0 0 5 5l1-1',
  network: 'M3 8a10 10 0 0 1 14 0M5.8 11a6 6 0 0 1 8.4 0M8.5 14a2.2 2.2 0 0 1 3 0',
} as const
