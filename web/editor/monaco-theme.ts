/**
 * The Monaco theme, made of the page's colours. Monaco accepts only hexadecimal colours, so they are
 * computed from the page, again whenever it switches between light and dark.
 */
import { monaco } from './monaco-setup.ts'

export const THEME = 'edgeroom'

/** CSS custom property by Monaco's colour name. */
const SURFACES: Readonly<Record<string, string>> = {
  'editor.background': '--surface',
  'editor.foreground': '--text',
  'editorLineNumber.foreground': '--faint',
  'editorLineNumber.activeForeground': '--text',
  'editor.lineHighlightBackground': '--line',
  'editorCursor.foreground': '--accent',
  'editor.selectionBackground': '--selection',
  'editor.inactiveSelectionBackground': '--match',
  'editorBracketMatch.background': '--match',
  'editorBracketMatch.border': '--border-strong',
  'editorWidget.background': '--raised',
  'editorWidget.border': '--border',
  'menu.background': '--raised',
  'menu.foreground': '--text',
  'menu.selectionBackground': '--accent-soft',
  'menu.selectionForeground': '--text',
  'quickInput.background': '--raised',
  'quickInputList.focusBackground': '--accent-soft',
  'quickInputList.focusForeground': '--text',
  'list.hoverBackground': '--hover',
  'input.background': '--surface',
  'input.foreground': '--text',
  'scrollbarSlider.background': '--border',
  'scrollbarSlider.hoverBackground': '--border-strong',
  'scrollbarSlider.activeBackground': '--border-strong',
  focusBorder: '--accent',
}

const TOKENS: Readonly<Record<string, string>> = {
  keyword: '--code-keyword',
  string: '--code-string',
  regexp: '--code-string',
  number: '--code-number',
  comment: '--code-comment',
  'type.identifier': '--code-type',
  tag: '--code-type',
  metatag: '--code-type',
  'attribute.name': '--code-property',
  'attribute.value': '--code-string',
  'string.key.json': '--code-property',
  delimiter: '--code-punctuation',
  'string.link': '--code-function',
}

const dark = matchMedia('(prefers-color-scheme: dark)')

/** Defines the theme from the page's colours, and keeps it up to date. */
export function setUpTheme(): void {
  define()
  dark.addEventListener('change', define)
}

function define(): void {
  const probe = document.createElement('span')
  document.body.append(probe)
  const colorOf = (property: string) => {
    probe.style.color = `var(${property})`
    return hexOf(getComputedStyle(probe).color)
  }
  const named = Object.entries(SURFACES).map(([name, property]) => [name, colorOf(property)])
  const rules = Object.entries(TOKENS).map(([token, property]) => ({
    token,
    foreground: colorOf(property).slice(1, 7),
    ...(token === 'comment' ? { fontStyle: 'italic' } : {}),
  }))
  probe.remove()
  monaco.editor.defineTheme(THEME, {
    base: dark.matches ? 'vs-dark' : 'vs',
    inherit: false,
    rules: [{ token: '', foreground: String(named[1]?.[1]).slice(1, 7) }, ...rules],
    colors: { ...Object.fromEntries(named), 'editor.lineHighlightBorder': '#00000000' },
  })
  monaco.editor.setTheme(THEME)
}

/** Converts `rgb(1, 2, 3)` or `rgba(1, 2, 3, 0.5)`, the computed formats of browsers, to hexadecimal. */
function hexOf(color: string): string {
  const [red = 0, green = 0, blue = 0, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number)
  const hex = [red, green, blue, alpha * 255].map((value) => Math.round(value).toString(16).padStart(2, '0'))
  return `#${hex.join('')}`
}
