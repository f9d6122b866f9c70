// Package svgchart has what charts are drawn with, as SVG, so that pictures of
// different environments look alike.
//
// A [Page] has panels below one another on a common time axis; what a panel
// shows is its package's own. Figures are small pictures in a page of HTML that
// holds [FigureStyle]: [Bars], [Boxes], and curves such as a [Distribution]
// with [Lines]. Colours are legible in light and in dark surroundings.
package svgchart
