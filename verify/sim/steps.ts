/** Performs the steps of a plan in a world. A step that finds nothing to act on does nothing. */
import { goBack, loseRoom, loseStorage, writeBeside } from './damage.ts'
import type { Plan, Share, Step } from './plan.ts'
import type { Link } from './world/link.ts'
import type { Person } from './world/person.ts'
import type { World } from './world/world.ts'

const LONG_MS = 24 * 3600 * 1_000

export async function play(world: World, plan: Plan): Promise<void> {
  for (const step of plan.steps) {
    world.tally.add('steps')
    world.host.disk.nextTurn()
    await playStep(world, step)
    world.host.check()
  }
}

async function playStep(world: World, step: Step): Promise<void> {
  if (!('who' in step)) return playWorld(world, step)
  const person = world.people[step.who]
  if (person === undefined) return
  const act = (action: () => void) => world.time.as(person.machine, action)
  switch (step.do) {
    case 'to room': {
      const link = pick(person, step.link, ({ hasForRoom }) => hasForRoom)
      if (link !== undefined) await world.toRoom(link)
      return
    }
    case 'to client': {
      const link = pick(person, step.link, ({ hasForClient }) => hasForClient)
      if (link !== undefined) await world.toClient(person, link)
      return
    }
    case 'die after': {
      const link = pick(person, 0.999, ({ hasForRoom }) => hasForRoom)
      if (link !== undefined) await world.toRoom(link)
      await world.time.pass(0)
      return world.host.die(step.keep, true)
    }
    case 'type':
      return act(() => person.type(step.typing))
    case 'restructure':
      return act(() => person.restructure(step.change))
    case 'transact':
      return act(() => person.transact(step.typings, step.change, step.abandon))
    case 'say':
      return act(() => person.say(step.text, step.times))
    case 'rule':
      return act(() => person.rule(step.ruling))
    case 'undo':
      return act(() => person.undo(step.redo))
    case 'revive':
      return act(() => person.revive(step.removed))
    case 'open':
      return act(() => person.openFile(step.file))
    case 'look':
      return act(() => person.look(step.file, step.at))
    case 'reopen':
      return world.reopen(person)
    case 'reload':
      return world.reload(person)
    case 'cut':
      return world.cut(person, step.end)
    case 'double':
      return world.double(person, step.repeat)
    case 'steal':
      return world.steal(person)
    case 'offline':
      return world.goOffline(person, step.ms)
  }
}

async function playWorld(world: World, step: Exclude<Step, { who: number }>): Promise<void> {
  switch (step.do) {
    case 'wait':
      return world.time.pass(step.ms)
    case 'night':
      if (step.ms > LONG_MS) world.tally.add('clients asleep for a month', world.people.length)
      return world.night(step.ms)
    case 'read':
      world.tally.add('files read by the API')
      await world.read(step.path)
      return
    case 'die':
      return world.host.die(step.keep, step.losesFrames)
    case 'database back':
      return goBack(world, step.moment)
    case 'database loses':
      return loseRoom(world)
    case 'second writer':
      return writeBeside(world)
    case 'storage lost':
      return loseStorage(world)
    case 'hibernate':
      return world.host.hibernate(step.checkpoint)
    case 'disk fails':
      return world.host.disk.failAfter(step.writes)
    case 'row fails':
      return world.host.disk.refuse(step.table)
    case 'budget':
      return world.host.exhaustBudget(step.times)
    case 'database':
      return world.host.database.fail(step.call, step.how, step.times, step.ms)
  }
}

/** One of a person's connections that have something to deliver. */
function pick(person: Person, share: Share, has: (link: Link) => boolean): Link | undefined {
  const links = person.links.filter(has)
  return links[Math.floor(share * links.length)]
}
