// Frames: a 4-byte length, a JSON header, raw little-endian arrays (see bnviz/live/wire.py).

const KINDS = { '<f4': Float32Array, '<i4': Int32Array }

/** Header and arrays of a frame; each array is {shape, values}, a view that copies nothing. */
export function unpack (buffer) {
  const length = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)))
  const arrays = {}
  for (const { name, dtype, shape, offset } of header.arrays) {
    const count = shape.reduce((product, size) => product * size, 1)
    arrays[name] = { shape, values: new KINDS[dtype](buffer, 4 + length + offset, count) }
  }
  return { header, arrays }
}

/** The part of an array at the leading indices `at`; undefined when the array is not there or too small. */
export function slice (array, at) {
  if (!array) return undefined
  let { shape, values } = array
  for (const index of at) {
    if (!(index < shape[0])) return undefined
    const size = values.length / shape[0]
    values = values.subarray(index * size, (index + 1) * size)
    shape = shape.slice(1)
  }
  return { shape, values }
}
