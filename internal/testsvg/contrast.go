package testsvg

import (
	"fmt"
	"math"
	"testing"
)

// Contrast is the ratio of two colours' luminances as WCAG 2 defines it, 1 to
// 21. Colours are like #1c2128 or #fff.
func Contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var rgb [3]uint8
	format, scale := "#%02x%02x%02x", 1.0
	if len(colour) == len("#fff") {
		format, scale = "#%1x%1x%1x", 17
	}
	if _, err := fmt.Sscanf(colour, format, &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatalf("colour %s: %v", colour, err)
	}
	sum := 0.0
	for i, weight := range [...]float64{0.2126, 0.7152, 0.0722} {
		c := scale * float64(rgb[i]) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
