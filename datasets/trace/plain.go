package trace

import (
	"bytes"
	"strings"
)

// byteOrderMark is what some editors and spreadsheets begin a text in UTF-8 with.
const byteOrderMark = "\ufeff"

// comment begins lines that are for people.
const comment = "#"

// gzipMagic begins what gzip has compressed (RFC 1952, section 2.3.1).
const gzipMagic = "\x1f\x8b"

// Plain takes the byte order mark off a text, and refuses one that is compressed,
// by how it begins.
func Plain(name string, text []byte) ([]byte, error) {
	if bytes.HasPrefix(text, []byte(gzipMagic)) {
		return nil, &FormatError{File: name, Problem: "is compressed with gzip", Remedy: "unpack it first, with gunzip"}
	}
	return bytes.TrimPrefix(text, []byte(byteOrderMark)), nil
}

// FirstLine returns the first line of a text that is neither blank nor a comment,
// trimmed; "" if there is none.
func FirstLine(text []byte) string {
	for line := range bytes.Lines(text) {
		if line := string(bytes.TrimSpace(line)); line != "" && !strings.HasPrefix(line, comment) {
			return line
		}
	}
	return ""
}
