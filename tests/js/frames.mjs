// Frames by their documented layout, made without the code that reads them.

const KINDS = { '<f4': ['setFloat32', 4], '<i4': ['setInt32', 4] }
const padded = (size) => Math.ceil(size / 8) * 8

/** The bytes of a frame: `arrays` is {name: {dtype, shape, values}}. */
export function pack (header, arrays = {}) {
  const described = []
  let offset = 0
  for (const [name, { dtype, shape, values }] of Object.entries(arrays)) {
    described.push({ name, dtype, shape, offset })
    offset += padded(values.length * KINDS[dtype][1])
  }
  let text = new TextEncoder().encode(JSON.stringify({ ...header, arrays: described }))
  text = Uint8Array.from([...text, ...new Array(padded(text.length + 4) - 4 - text.length).fill(32)])
  const bytes = new Uint8Array(4 + text.length + offset)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, text.length, true)
  bytes.set(text, 4)
  for (const { name, dtype, offset: start } of described) {
    const [write, size] = KINDS[dtype]
    arrays[name].values.forEach((value, i) => view[write](4 + text.length + start + i * size, value, true))
  }
  return bytes.buffer
}

/** Floats of a shape. */
export const floats = (shape, values) => ({ dtype: '<f4', shape, values })
