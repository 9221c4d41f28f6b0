// Frames: a 4-byte length, a JSON header, raw little-endian arrays (see bnviz/live/wire.py).

const KINDS = { '<f4': Float32Array, '<i4': Int32Array, '|u1': Uint8Array }

/** Header and arrays of a frame that begins at `start`; each array is {shape, values}, a view that copies nothing. */
export function unpack (buffer, start = 0) {
  const length = new DataView(buffer).getUint32(start, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, start + 4, length)))
  const end = start + 4 + length
  const arrays = {}
  for (const { name, dtype, shape, offset } of header.arrays ?? []) {
    const count = shape.reduce((product, size) => product * size, 1)
    arrays[name] = { shape, values: new KINDS[dtype](buffer, end + offset, count) }
  }
  return { header, arrays, end }
}

/** The frames of a message with rows of the past, by step; `end` is where its header ends. */
export function unpackRows (buffer, { header, end }) {
  let start = end
  return header.rows.map(([step, size]) => {
    const { header: itsHeader, arrays } = unpack(buffer, start)
    start += size
    return { step, header: itsHeader, arrays }
  })
}

/** The part of an array at the leading indices `at`; undefined when the array is not there or too small. */
export function slice (array, at) {
  if (!array) return undefined
  let { shape, values } = array
  for (const place of at) {
    const index = place < 0 ? place + shape[0] : place // from the end
    if (!(index >= 0 && index < shape[0])) return undefined
    const size = values.length / shape[0]
    values = values.subarray(index * size, (index + 1) * size)
    shape = shape.slice(1)
  }
  return { shape, values }
}
