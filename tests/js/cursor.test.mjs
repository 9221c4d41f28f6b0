import assert from 'node:assert/strict'
import test from 'node:test'

import { Cursor, cursorPlaces } from '../../bnviz/ui/live/cursor.js'
import { Element } from './page.mjs'

const xaxis = (left, more) => ({ _offset: left, _length: 100, c2p: (step) => step / 10, anchor: 'y', ...more })
const figureOf = (axes) => ({ _fullLayout: { yaxis: { _offset: 20, _length: 150 }, ...axes } })

test('a line stands at the step, as high as the panel', () => {
  assert.deepEqual(cursorPlaces(figureOf({ xaxis: xaxis(40) }), 300), [{ left: 70, top: 20, height: 150 }])
})

test('there is one in each panel that is seen, at its own axes', () => {
  const figure = figureOf({
    xaxis: xaxis(40), xaxis2: xaxis(160, { anchor: 'y2' }), xaxis3: xaxis(40, { visible: false }), yaxis2: { _offset: 30, _length: 90 }
  })
  assert.deepEqual(cursorPlaces(figure, 1000), [{ left: 140, top: 20, height: 150 }, { left: 260, top: 30, height: 90 }])
})

test('there is none where the axis does not reach, and none on a figure that is not drawn', () => {
  const figure = figureOf({ xaxis: xaxis(40) })
  assert.deepEqual(cursorPlaces(figure, -10), [])
  assert.deepEqual(cursorPlaces(figure, 1100), [])
  assert.deepEqual(cursorPlaces(figure, NaN), [])
  assert.deepEqual(cursorPlaces({}, 3), [])
})

test('the line moves with the step and the axes, and goes when there is no step', () => {
  const root = new Element()
  const figure = figureOf({ xaxis: xaxis(40) })
  const cursor = new Cursor(root, figure)
  cursor.draw()
  assert.deepEqual(root.children, [])
  cursor.move(300)
  const [line] = root.children
  assert.equal(line.className, 'cursor')
  assert.deepEqual([line.style.left, line.style.top, line.style.height], ['70px', '20px', '150px'])
  cursor.move(500)
  assert.deepEqual(root.children, [line])
  assert.equal(line.style.left, '90px')
  figure._fullLayout.xaxis = xaxis(0)
  cursor.draw()
  assert.equal(line.style.left, '50px')
  for (const nothing of [null, undefined, 'x']) {
    cursor.move(100)
    assert.equal(root.children.length, 1)
    cursor.move(nothing)
    assert.deepEqual(root.children, [])
  }
})

test('step 0 is a step', () => {
  const root = new Element()
  new Cursor(root, figureOf({ xaxis: xaxis(40) })).move(0)
  assert.equal(root.children[0].style.left, '40px')
})
