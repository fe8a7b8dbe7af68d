/** Room order: a file imports from its own room or from rooms before it; only faces (rooms without a door) may use the front door.
 * Folders of a collection do not import one another. */
import { roomOf } from '../house.js'
import { collectionPart, ownFiles, type Problem, type Tree } from './source.js'

const FRONT_DOOR = 'src/index.ts'

export function checkRooms(tree: Tree): Problem[] {
  const order = tree.house.rooms.map((room) => room.name)
  const problems: Problem[] = []
  for (const file of ownFiles(tree)) {
    const room = roomOf(file.path)
    const place = order.indexOf(room)
    if (place < 0 && file.path !== FRONT_DOOR) {
      const message = room ? `no room is called ${room}: rooms are listed in scripts/house.ts` : 'only index.ts lies in src itself'
      problems.push({ file: file.path, line: 1, message })
      continue
    }
    for (const { target, line } of file.imports) {
      if (!target) continue
      const other = roomOf(target)
      const say = (message: string): number => problems.push({ file: file.path, line, message })
      if (!target.startsWith('src/')) say(`imports ${target}, which is outside src`)
      else if (file.path === FRONT_DOOR ? !doorOf(tree, other) : target === FRONT_DOOR ? doorOf(tree, room) : order.indexOf(other) > place)
        say(
          `${room || 'the front door'} may not import from ${other || 'the front door'} (${target}): rooms in order are ${order.join(' ')}`,
        )
      const [of, part] = [collectionPart(tree, file.path), collectionPart(tree, target)]
      if (part !== undefined && (other === room ? of && part && of !== part : target !== `src/${other}/index.ts`))
        say(`imports ${target}: ${other} is a collection, from outside only its index.ts is imported, and its folders import none another`)
    }
  }
  return problems
}

const doorOf = (tree: Tree, room: string): boolean => tree.house.rooms.some((one) => one.name === room && one.door)
