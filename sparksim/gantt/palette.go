package gantt

import (
	"fmt"
	"math"
)

// colour returns the colour of a job. Hues go round by the golden angle, so
// that jobs that follow each other are easy to tell apart however many there
// are; lightness takes turns between three values that stand out from white
// as from black.
func colour(job int) string {
	const goldenAngle = 137.50776405003785
	lightness := [...]float64{0.66, 0.56, 0.75}[job%3]
	chroma := [...]float64{0.13, 0.12, 0.11}[job%3]
	return oklch(lightness, chroma, math.Mod(25+goldenAngle*float64(job), 360))
}

// oklch returns a colour of the OKLCH space in sRGB, cut off where sRGB lacks
// it. Source: B. Ottosson, "A perceptual color space for image processing"
// (2020).
func oklch(lightness, chroma, hue float64) string {
	sin, cos := math.Sincos(hue * math.Pi / 180)
	a, b := chroma*cos, chroma*sin
	l := cube(lightness + 0.3963377774*a + 0.2158037573*b)
	m := cube(lightness - 0.1055613458*a - 0.0638541728*b)
	s := cube(lightness - 0.0894841775*a - 1.2914855480*b)
	return fmt.Sprintf("#%02x%02x%02x",
		gamma(4.0767416621*l-3.3077115913*m+0.2309699292*s),
		gamma(-1.2684380046*l+2.6097574011*m-0.3413193965*s),
		gamma(-0.0041960863*l-0.7034186147*m+1.7076147010*s))
}

func cube(x float64) float64 { return x * x * x }

// gamma turns linear light into a byte of sRGB.
func gamma(x float64) uint8 {
	x = min(max(x, 0), 1)
	if x <= 0.0031308 {
		x *= 12.92
	} else {
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * x))
}
