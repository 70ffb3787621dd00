/**
 * Style of remote cursors. The peer's colour is `--peer`; a label's background has the same hue at a fixed
 * lightness, so that white text on it is readable. Applications can override it with their own theme.
 */
import { EditorView } from '@codemirror/view'

export const cursorTheme = EditorView.baseTheme({
  '.cm-peer-carets': { pointerEvents: 'none' },
  '.cm-peer-caret': {
    width: '2px',
    marginLeft: '-1px',
    backgroundColor: 'var(--peer)',
    '&::before': {
      content: '""',
      position: 'absolute',
      top: '-2px',
      left: '-2px',
      width: '6px',
      height: '6px',
      borderRadius: '50%',
      backgroundColor: 'var(--peer)',
    },
  },
  '.cm-peer-label': {
    position: 'absolute',
    bottom: '100%',
    left: '-1px',
    maxWidth: '12em',
    padding: '1px 6px 2px',
    borderRadius: '4px 4px 4px 0',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    font: '600 11px/1.4 system-ui, sans-serif',
    color: 'white',
    background: 'var(--peer)',
    // The second `background`: a browser that does not support it keeps the first.
    background_2: 'oklch(from var(--peer) 0.47 c h)',
    animation: 'cm-peer-fade 0.4s 2.6s forwards',
  },
  '.cm-peer-label[hidden], .cm-peer-unnamed .cm-peer-label': { display: 'none' },
  '.cm-peer-below .cm-peer-label': { bottom: 'auto', top: '100%', borderRadius: '0 4px 4px 4px' },
  '.cm-peer-before .cm-peer-label': { left: 'auto', right: '-1px', borderRadius: '4px 4px 0 4px' },
  '.cm-peer-selection': { backgroundColor: 'var(--peer)', opacity: '0.22' },
  '@keyframes cm-peer-fade': { to: { opacity: '0', visibility: 'hidden' } },
  '@media (prefers-reduced-motion: reduce)': { '.cm-peer-label': { animationDuration: '0s' } },
})
