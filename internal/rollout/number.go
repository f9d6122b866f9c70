package rollout

import (
	"math"
	"strconv"
	"strings"
)

// FormatFloat writes the shortest decimal that reads back as v, in the layout
// of Python's repr ("4.0", "1e-05", "nan"): the same bytes that Python's csv
// module writes.
func FormatFloat(v float64) string {
	switch {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	}
	if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
