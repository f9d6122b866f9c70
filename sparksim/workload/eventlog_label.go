package workload

import (
	"fmt"
	"strings"
)

// eventLogLabel makes a description, which may be a whole query, one short
// line.
func eventLogLabel(text string) string {
	const most = 100
	if len(text) > 10*most {
		text = text[:10*most]
	}
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

// eventLogSize writes a number of bytes as a label; none as nothing.
func eventLogSize(bytes float64) string {
	switch {
	case bytes == 0:
		return ""
	case bytes < 1e3:
		return fmt.Sprintf("%.0fB", bytes)
	}
	prefixes := "kMGTPE"
	value := bytes / 1e3
	for value >= 999.95 && len(prefixes) > 1 {
		value, prefixes = value/1e3, prefixes[1:]
	}
	return fmt.Sprintf("%.1f%cB", value, prefixes[0])
}
