package testsvg

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"testing"
)

const namespace = "http://www.w3.org/2000/svg"

// Texts returns the document's texts by element, and fails unless it is SVG.
func Texts(t *testing.T, document []byte) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	var open []string
	walk(t, document, func(token xml.Token) {
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				found[open[len(open)-1]] = append(found[open[len(open)-1]], string(token))
			}
		}
	})
	return found
}

func walk(t *testing.T, document []byte, visit func(xml.Token)) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(document)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("no XML: %v", err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Space != namespace {
			t.Fatalf("%s is no SVG element", start.Name.Local)
		}
		visit(token)
	}
}
