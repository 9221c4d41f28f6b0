// The page's colours in a figure: a chart comes with colours for a light page and what they are on a dark one.

export function themeOf (element) {
  const style = getComputedStyle(element)
  const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise
  return {
    text: value('--st-text-color', '#31333f'),
    grid: value('--st-border-color-light', value('--st-border-color', '#dddddd')),
    font: value('--st-font', 'sans-serif'),
    background: value('--st-background-color', '#ffffff')
  }
}

/** A figure's text with the colours that show on this theme's background. */
export function coloured (figure, darkColours, { background }) {
  if (!isDark(background)) return figure
  return Object.entries(darkColours).reduce((text, [light, dark]) => text.replaceAll(light, dark), figure)
}

function isDark (colour) {
  const context = document.createElement('canvas').getContext('2d')
  context.fillStyle = colour
  context.fillRect(0, 0, 1, 1)
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data
  return 0.3 * red + 0.59 * green + 0.11 * blue < 128
}

/** A layout with the theme's colours of text, axes and grid. */
export function themed (layout, theme) {
  const result = { ...layout, font: { ...layout.font, color: theme.text, family: theme.font } }
  for (const name of Object.keys(layout)) {
    if (/^[xy]axis/.test(name)) {
      result[name] = { ...layout[name], gridcolor: theme.grid, zerolinecolor: theme.grid, linecolor: theme.grid }
    }
  }
  result.hoverlabel = { bgcolor: theme.background, font: { color: theme.text } }
  return result
}
