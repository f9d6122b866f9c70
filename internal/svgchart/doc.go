// Package svgchart has what charts over time are drawn with, as SVG, so that
// pictures of different environments look alike.
//
// A [Page] has panels below one another on a common time axis; what a panel
// shows is its package's own. Colours are legible in light and in dark
// surroundings.
package svgchart
