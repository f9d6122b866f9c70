package svgchart

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
)

// Number writes a coordinate to a hundredth of a pixel.
func Number(x float64) string { return trim(strconv.FormatFloat(x, 'f', 2, 64)) }

// Escape makes text part of a document.
func Escape(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) // A strings.Builder takes everything.
	return b.String()
}

// Ceiling is the first round number from x on: a step times a power of ten, at
// least 1. Steps ascend from 1 to below 10.
func Ceiling(x float64, steps ...float64) float64 {
	if x <= 1 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, step := range steps {
		if step*power >= x {
			return step * power
		}
	}
	return 10 * power
}

// trim drops zeros behind a decimal point.
func trim(number string) string {
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number
}
