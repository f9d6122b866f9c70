package gantt

import "trailblazer/internal/svgchart"

// colour returns the colour of a job. Jobs that follow each other differ in
// hue, and lightness takes turns between three values that stand out from white
// as from black.
func colour(job int) string {
	lightness := [...]float64{0.66, 0.56, 0.75}[job%3]
	chroma := [...]float64{0.13, 0.12, 0.11}[job%3]
	return svgchart.OKLCH(lightness, chroma, svgchart.Hue(25, job))
}
