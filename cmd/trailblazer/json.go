package main

import (
	"encoding/json"
	"io"
)

// writeJSON prints what --json asks for.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
