package bench

import (
	"fmt"
	"math"
	"strconv"
)

// format writes a value to about four digits.
func format(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	decimals := 4
	if a := math.Abs(v); a >= 1 {
		decimals = max(0, 3-int(math.Floor(math.Log10(a))))
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if text[0] == '-' && v > -0.00005 { // no -0.0000
		return text[1:]
	}
	return text
}

func interval(e Estimate) string {
	return "[" + format(float64(e.CI95[0])) + ", " + format(float64(e.CI95[1])) + "]"
}

// percent writes a difference in percent with its interval.
func percent(e Estimate) string {
	if v := float64(e.Mean); math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return fmt.Sprintf("%s %% [%s, %s]", signed(float64(e.Mean)), signed(float64(e.CI95[0])), signed(float64(e.CI95[1])))
}

func signed(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	if math.Abs(v) < 0.05 {
		v = 0 // no -0.0
	}
	if math.Abs(v) >= 1000 {
		return fmt.Sprintf("%+.0f", v)
	}
	return fmt.Sprintf("%+.1f", v)
}

// pValue writes a p-value as readers look for it.
func pValue(p Number) string {
	switch v := float64(p); {
	case math.IsNaN(v):
		return "–"
	case v < 0.001:
		return "< 0.001"
	default:
		return fmt.Sprintf("%.3f", v)
	}
}
