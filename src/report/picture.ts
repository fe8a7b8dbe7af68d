/** Pixels, and how they become a PNG inside the page. */
import { encode } from 'fast-png'
import { ShapeError } from '../tensor/errors.js'

/** Pixels: bytes 0 … 255, or floats 0 … 1; grey (1 channel), RGB (3) or RGBA (4). */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3 | 4
  readonly pixels: Uint8Array | Uint8ClampedArray | Float32Array
  /** order of the axes: `chw`, as tensors have it (default), or `hwc`, as image files do */
  readonly layout?: 'chw' | 'hwc' | undefined
}

/**
 * A `data:image/png` address of a picture.
 * @throws ShapeError when there are not width × height × channels pixels
 */
export function pictureUrl(picture: Picture): string {
  const { width, height, channels } = picture
  return `data:image/png;base64,${base64(encode({ width, height, channels, depth: 8, data: bytesOf(picture) }))}`
}

/**
 * The bytes (H, W, C) of a picture; floats outside 0 … 1 are cut, NaN is black.
 * @throws ShapeError when there are not width × height × channels pixels
 */
export function bytesOf({ width, height, channels, pixels, layout = 'chw' }: Picture): Uint8Array {
  const area = width * height
  if (area === 0 || pixels.length !== area * channels)
    throw new ShapeError(`report: ${pixels.length} pixels are not a picture of ${width} × ${height} with ${channels} channels`)
  const data = new Uint8Array(pixels.length)
  const scale = pixels instanceof Float32Array ? 255 : 1
  for (let at = 0; at < area; at++)
    for (let c = 0; c < channels; c++) {
      const value = pixels[layout === 'chw' ? c * area + at : at * channels + c]! * scale
      data[at * channels + c] = Math.min(255, Math.max(0, Math.round(value))) // NaN becomes 0, black
    }
  return data
}

function base64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
