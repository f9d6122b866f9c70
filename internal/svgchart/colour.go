package svgchart

import (
	"fmt"
	"math"
)

// Hue returns the i-th of hues that begin at first, in degrees, and go round by
// the golden angle, so that those that follow each other are easy to tell apart
// however many there are.
func Hue(first float64, i int) float64 {
	const goldenAngle = 137.50776405003785
	return math.Mod(first+goldenAngle*float64(i), 360)
}

// OKLCH returns a colour of the OKLCH space in sRGB, cut off where sRGB lacks
// it. Source: B. Ottosson, "A perceptual color space for image processing"
// (2020).
func OKLCH(lightness, chroma, hue float64) string {
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
