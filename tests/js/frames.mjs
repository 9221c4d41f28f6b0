// Frames by their documented layout, made without the code that reads them.

const KINDS = { '<f4': ['setFloat32', 4], '<i4': ['setInt32', 4], '|u1': ['setUint8', 1] }
const padded = (size) => Math.ceil(size / 8) * 8

/** The bytes of a frame: `arrays` is {name: {dtype, shape, values}}. */
export function pack (header, arrays = {}) {
  const described = []
  let offset = 0
  for (const [name, { dtype, shape, values }] of Object.entries(arrays)) {
    described.push({ name, dtype, shape, offset })
    offset += padded(values.length * KINDS[dtype][1])
  }
  const text = encoded({ ...header, arrays: described })
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

/** The bytes of rows of the past: `frames` is [[step, bytes]]. */
export function packRows (header, frames) {
  const text = encoded({ type: 'history', ...header, rows: frames.map(([step, frame]) => [step, frame.byteLength]) })
  const message = new Uint8Array(4 + text.length + frames.reduce((size, [, frame]) => size + frame.byteLength, 0))
  new DataView(message.buffer).setUint32(0, text.length, true)
  message.set(text, 4)
  let start = 4 + text.length
  for (const [, frame] of frames) {
    message.set(new Uint8Array(frame), start)
    start += frame.byteLength
  }
  return message.buffer
}

function encoded (header) {
  const text = new TextEncoder().encode(JSON.stringify(header))
  return Uint8Array.from([...text, ...new Array(padded(text.length + 4) - 4 - text.length).fill(32)])
}

/** Floats of a shape. */
export const floats = (shape, values) => ({ dtype: '<f4', shape, values })

/** Bytes of a shape. */
export const bytes = (shape, values) => ({ dtype: '|u1', shape, values })
