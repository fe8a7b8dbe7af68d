/** PNG files as planes of bytes. */
import { convertIndexedToRgb, decode } from 'fast-png'
import { HebbError } from '../../tensor/errors.js'

/** A picture: one plane for each channel, row by row. */
export interface Planes {
  readonly data: Uint8Array
  readonly channels: 1 | 3
  readonly height: number
  readonly width: number
}

/** grey from red, green and blue, as PNG readers weigh them (Rec. 601) */
const luma = [0.299, 0.587, 0.114] as const

/**
 * A PNG file as bytes by channel: grey, or red, green and blue, made of what the file holds. Sixteen bits are cut to eight, and what is see-through keeps
 * the colour it has. Throws HebbError, naming the file, for one that is no PNG or is damaged.
 */
export function planesOfPng(bytes: Uint8Array, name: string, channels: 1 | 3): Planes {
  const { width, height, at, colours } = pixelsOf(bytes, name)
  const data = new Uint8Array(channels * width * height)
  const size = width * height
  for (let i = 0; i < size; i++) {
    if (channels === 3) for (let c = 0; c < 3; c++) data[c * size + i] = at(i, colours ? c : 0)
    else data[i] = colours ? Math.round(luma[0] * at(i, 0) + luma[1] * at(i, 1) + luma[2] * at(i, 2)) : at(i, 0)
  }
  return { data, channels, height, width }
}

/** Whether a file's bytes begin as those of a JPEG do. */
const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8

interface Pixels {
  readonly width: number
  readonly height: number
  readonly colours: boolean
  /** channel c of pixel i, 0 to 255 */
  at(i: number, c: number): number
}

function pixelsOf(bytes: Uint8Array, name: string): Pixels {
  if (isJpeg(bytes))
    throw new HebbError(`${name} is a JPEG, which is not read yet: convert it to PNG, magick mogrify -format png *.jpg does`)
  try {
    const png = decode(bytes, { checkCrc: true })
    const { width, height, depth } = png
    if (png.palette) {
      const colours = convertIndexedToRgb(png)
      const channels = colours.length / (width * height)
      return { width, height, colours: true, at: (i, c) => colours[i * channels + c]! }
    }
    const { data, channels } = png
    const colours = channels >= 3
    if (depth === 16) return { width, height, colours, at: (i, c) => data[i * channels + c]! >> 8 }
    if (depth === 8) return { width, height, colours, at: (i, c) => data[i * channels + c]! }
    // several grey pixels in a byte, each row from a new one
    const perRow = Math.ceil((width * depth) / 8)
    const most = 2 ** depth - 1
    const at = (i: number): number => {
      const bit = (i % width) * depth
      return (((data[Math.floor(i / width) * perRow + (bit >> 3)]! >> (8 - depth - (bit & 7))) & most) * 255) / most
    }
    return { width, height, colours, at }
  } catch (error) {
    throw new HebbError(`${name} is no PNG that can be read: ${(error as Error).message}`, { cause: error })
  }
}
