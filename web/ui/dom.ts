/**
 * Helpers that create DOM elements. Strings are always inserted as text, never as markup, so nothing a user
 * or peer wrote can become an element.
 */
type Child = Node | string | null | false

interface Props {
  class?: string
  /** null and false omit an attribute, true sets an empty one. */
  attrs?: Record<string, string | number | boolean | null>
  /** CSS custom properties, with their leading dashes. */
  vars?: Record<string, string>
  on?: { [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void }
}

/** Creates an element with attributes, listeners and children. */
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

/**
 * Sets the children of an element. Those already in place are not touched, so they keep focus and selection.
 */
export function arrange(parent: Element, children: readonly Element[]): void {
  const wanted = new Set(children)
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove()
  for (const [i, child] of children.entries()) {
    const there = parent.children[i]
    if (there !== child) parent.insertBefore(child, there ?? null)
  }
}

/** A 20 × 20 icon with one path, hidden from screen readers. @param path the `d` attribute */
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
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  chat: 'M4 4.5h12a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1-1.5 1.5H9L5 17.5v-3H4A1.5 1.5 0 0 1 2.5 13V6A1.5 1.5 0 0 1 4 4.5z',
  people:
    'M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c0-3 2.5-4.5 5.5-4.5s5.5 1.5 5.5 4.5M13 3.8a3 3 0 0 1 0 5.4M15 12.4c1.9.6 3 2 3 4.1',
  send: 'M10 16V4.5M5 9.5l5-5 5 5',
  eye: 'M2 10s3-5.5 8-5.5 8 5.5 8 5.5-3 5.5-8 5.5S2 10 2 10zM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z',
  invite:
    'M8 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 16.5c0-3 2.5-4.5 5.5-4.5 1.5 0 2.8.4 3.8 1.1M15 11.5v6M12 14.5h6',
  network: 'M3 8a10 10 0 0 1 14 0M5.8 11a6 6 0 0 1 8.4 0M8.5 14a2.2 2.2 0 0 1 3 0',
} as const
