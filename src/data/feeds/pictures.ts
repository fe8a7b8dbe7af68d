/** A folder of pictures as a feed: a sub-folder for each class, files read when they are needed. */
import { inside, namesIn, readBytes } from '../../files/files.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { asBatch, type Batch } from '../batches.js'
import type { Column } from '../column.js'
import { checkStart, cutsInto, type Feed, partOf, passOf } from '../feed.js'
import { type Planes, planesOfPng } from '../formats/png.js'
import { gatherColumn } from '../gather.js'
import { range, shuffled } from '../order.js'
import { prefetch } from './stream.js'

/** How `pictureFeed` reads and batches. */
export interface PictureOptions {
  /** 3 (red, green, blue) or 1 (grey), made of what the files hold; 3 */
  readonly channels?: 1 | 3 | undefined
  /** false keeps the order of the names; true */
  readonly shuffle?: boolean | undefined
  /** leaves out a last batch that is not full; false */
  readonly dropLast?: boolean | undefined
  /** batches read before they are needed; 2 */
  readonly ahead?: number | undefined
}

/** Pictures on the disk. */
export interface PictureFeed extends Feed<Batch<'x' | 'y'>> {
  readonly length: number
  /** names of the sub-folders, sorted: the class ids count them */
  readonly classes: readonly string[]
  /** paths of the pictures below the folder, those of one class together: the examples by number */
  readonly files: readonly string[]
}

const endings = /\.png$/i

/**
 * Pictures below `folder`, which has a sub-folder for each class: x (N, C, Y, X) f32 in [0, 1], y (N) i32. Only names are kept; the files of a batch are
 * read when it is made, and the batches after it while a step runs. PNG files; other names than `*.png` are passed over, unless there are none.
 * Throws FileError for folders and files that cannot be read, HebbError for a folder without classes or pictures and for files that are no PNG, ShapeError,
 * naming both, for pictures of two sizes.
 *
 * @example
 * const feed = await pictureFeed('flowers/train', 32)
 * await fit(resnet20({ classes: feed.classes.length }), feed, { loss: crossEntropy, optimizer: adam(), epochs: 10 })
 */
export async function pictureFeed(folder: string, size: number, options: PictureOptions = {}): Promise<PictureFeed> {
  const { channels = 3, shuffle = true, dropLast = false, ahead = 2 } = options
  const { folders: classes } = await namesIn(folder)
  if (classes.length === 0)
    throw new HebbError(
      `pictureFeed: ${folder} has no sub-folders: put the pictures of each class into one of its own, ${folder}/cats/1.png`,
    )
  const files: string[] = []
  const labels: number[] = []
  const others: string[] = []
  for (const [label, name] of classes.entries())
    for (const file of (await namesIn(inside(folder, name))).files) {
      const path = `${name}/${file}`
      if (!endings.test(file)) {
        others.push(path)
        continue
      }
      files.push(path)
      labels.push(label)
    }
  if (files.length === 0)
    throw new HebbError(
      `pictureFeed: the ${classes.length} sub-folders of ${folder} hold no PNG files${others.length > 0 ? `, but ${others[0]}: convert them, magick mogrify -format png *.jpg does` : ''}`,
    )
  const read = async (i: number): Promise<Planes> =>
    planesOfPng(await readBytes(inside(folder, files[i]!)), `${folder}/${files[i]}`, channels)
  const shape = once(async () => {
    const { height, width } = await read(0)
    return [channels, height, width]
  })

  const batchOf = async (indices: Int32Array): Promise<Batch<'x' | 'y'>> => {
    const sizes = await shape()
    const [, height, width] = sizes as [number, number, number]
    const pictures = await Promise.all(Array.from(indices, read))
    const each = channels * height * width
    const data = new Uint8Array(indices.length * each)
    pictures.forEach((picture, n) => {
      if (picture.height !== height || picture.width !== width)
        throw new ShapeError(
          `pictureFeed: ${files[indices[n]!]} is ${picture.width} × ${picture.height} pixels and ${files[0]} ${width} × ${height}: bring all to one size`,
        )
      data.set(picture.data, n * each)
    })
    const x: Column = { data, shape: sizes, dtype: 'u8', scale: 1 / 255 }
    const y: Column = { data: Int32Array.from(indices, (i) => labels[i]!), shape: [], dtype: 'i32' }
    const all = range(0, indices.length)
    return asBatch({ x: gatherColumn('x', x, all), y: gatherColumn('y', y, all) }, indices)
  }

  return {
    classes,
    files,
    length: cutsInto('pictureFeed', files.length, size, { dropLast }).length - 1,
    batches(given) {
      const { seed, epoch, start, ...part } = passOf('pictureFeed', given)
      const cuts = cutsInto('pictureFeed', files.length, size, { dropLast, ranks: part.ranks })
      checkStart('pictureFeed', start, cuts.length - 1)
      const order = shuffle ? shuffled(files.length, seed, 'shuffle', epoch) : range(0, files.length)
      async function* made(): AsyncGenerator<Batch<'x' | 'y'>> {
        for (let b = start; b < cuts.length - 1; b++) yield batchOf(partOf(order.subarray(cuts[b], cuts[b + 1]), part))
      }
      return prefetch(made(), ahead)
    },
  }
}

/** Asked again, the first answer. */
function once<T>(f: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => {
    answer ??= f()
    return answer
  }
}
