import { useEffect, useState } from 'react'
import { teas } from './teas.js'

/** Counts down from `seconds`, and starts again when they change. */
function useCountdown(seconds) {
  const [left, setLeft] = useState(seconds)

  useEffect(() => {
    setLeft(seconds)
    const timer = setInterval(() => setLeft((now) => Math.max(0, now - 1)), 1000)
    return () => clearInterval(timer)
  }, [seconds])

  return left
}

export function App() {
  const [tea, setTea] = useState(teas[0])
  const left = useCountdown(tea.minutes * 60)

  return (
    <main>
      <h1>{left === 0 ? 'Your tea is ready' : `${tea.name} is brewing`}</h1>
      <p className="clock">
        {Math.floor(left / 60)}:{String(left % 60).padStart(2, '0')}
      </p>
      <ul>
        {teas.map((one) => (
          <li key={one.name}>
            <button type="button" aria-pressed={one === tea} onClick={() => setTea(one)}>
              {one.name} <small>{one.degrees} °C</small>
            </button>
          </li>
        ))}
      </ul>
    </main>
  )
}
