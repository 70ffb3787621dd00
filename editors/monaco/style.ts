/**
 * Style of remote cursors in Monaco. The peer's colour is `--peer`, set by a class per colour, since Monaco
 * decorations accept only class names. The rules are in a constructed style sheet: it works under a policy
 * that forbids inline styles, and a colour cannot inject anything but a value. Applications can override it
 * with their own rules.
 */

const RULES = `
.edgeroom-caret {
  width: 2px;
  margin-left: -1px;
  background: var(--peer);
  pointer-events: none;
  user-select: none;
}
.edgeroom-caret::before {
  content: '';
  position: absolute;
  top: -2px;
  left: -2px;
  width: 6px;
  height: 6px;
  border-radius: 50%;
  background: var(--peer);
}
.edgeroom-caret-label {
  position: absolute;
  bottom: 100%;
  left: -1px;
  max-width: 12em;
  padding: 1px 6px 2px;
  border-radius: 4px 4px 4px 0;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  font: 600 11px/1.4 system-ui, sans-serif;
  color: white;
  background: var(--peer);
  /* The same hue, dark enough for white letters; a browser that does not know it keeps the line above. */
  background: oklch(from var(--peer) 0.47 c h);
  animation: edgeroom-fade 0.4s 2.6s forwards;
}
.edgeroom-caret-label[hidden], .edgeroom-caret-unnamed .edgeroom-caret-label { display: none; }
.edgeroom-caret-below .edgeroom-caret-label { bottom: auto; top: 100%; border-radius: 0 4px 4px 4px; }
.edgeroom-caret-before .edgeroom-caret-label { left: auto; right: -1px; border-radius: 4px 4px 0 4px; }
.edgeroom-selection { background: var(--peer); opacity: 0.22; }
@keyframes edgeroom-fade { to { opacity: 0; visibility: hidden; } }
@media (prefers-reduced-motion: reduce) { .edgeroom-caret-label { animation-duration: 0s; } }
`

/** The rules in one document or shadow tree, with a class per colour. */
export class PeerStyle {
  readonly #sheet: CSSStyleSheet
  readonly #classes = new Map<string, string>()

  private constructor(sheet: CSSStyleSheet) {
    this.#sheet = sheet
  }

  static readonly #made = new WeakMap<Node, PeerStyle>()

  /** The style for elements in the document or shadow tree of `element`. */
  static of(element: HTMLElement): PeerStyle {
    const root = element.getRootNode()
    const place = root instanceof ShadowRoot ? root : element.ownerDocument
    let style = PeerStyle.#made.get(place)
    if (!style) {
      const { CSSStyleSheet: Sheet } = element.ownerDocument.defaultView ?? window
      const sheet = new Sheet()
      sheet.replaceSync(RULES)
      place.adoptedStyleSheets.push(sheet)
      style = new PeerStyle(sheet)
      PeerStyle.#made.set(place, style)
    }
    return style
  }

  /** The class that sets `--peer`. @param color a CSS colour */
  classOf(color: string): string {
    let name = this.#classes.get(color)
    if (name === undefined) {
      name = `edgeroom-color-${this.#classes.size}`
      this.#classes.set(color, name)
      const index = this.#sheet.insertRule(`.${name} {}`, this.#sheet.cssRules.length)
      const rule = this.#sheet.cssRules[index]
      if (rule && 'style' in rule) (rule as CSSStyleRule).style.setProperty('--peer', color)
    }
    return name
  }
}
