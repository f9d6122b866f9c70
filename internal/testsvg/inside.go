package testsvg

import (
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Inside fails unless the coordinates of all rectangles, paths, texts and
// translations are numbers in the view box.
func Inside(t *testing.T, document []byte) {
	t.Helper()
	var b box
	walk(t, document, func(token xml.Token) {
		start, ok := token.(xml.StartElement)
		if !ok {
			return
		}
		attributes := map[string]string{}
		for _, a := range start.Attr {
			attributes[a.Name.Local] = a.Value
		}
		var err error
		if start.Name.Local == "svg" {
			err = b.parse(attributes["viewBox"])
		} else {
			err = b.check(start.Name.Local, attributes)
		}
		if err != nil {
			t.Fatalf("%s %v: %v", start.Name.Local, attributes, err)
		}
	})
	if b == (box{}) {
		t.Fatal("there is no svg element")
	}
}

// box is the view box, from the origin.
type box struct{ width, height float64 }

func (b *box) parse(text string) error {
	var x, y float64
	if _, err := fmt.Sscanf(text, "%g %g %g %g", &x, &y, &b.width, &b.height); err != nil || x != 0 || y != 0 || !(b.width > 0 && b.height > 0) {
		return fmt.Errorf("view box %q", text)
	}
	return nil
}

var translation = regexp.MustCompile(`translate\((\S+) (\S+)\)`)

func (b *box) check(element string, attributes map[string]string) error {
	if m := translation.FindStringSubmatch(attributes["transform"]); m != nil {
		// What a moved element holds has coordinates of its own.
		return b.point(m[1], m[2])
	}
	switch element {
	case "path":
		return b.path(attributes["d"])
	case "text":
		return b.point(attributes["x"], attributes["y"])
	case "rect":
		if attributes["width"] == "100%" {
			return nil
		}
		x, y, err := pair(attributes["x"], attributes["y"])
		if err != nil {
			return err
		}
		w, h, err := pair(attributes["width"], attributes["height"])
		if err != nil {
			return err
		}
		if w < 0 || h < 0 {
			return errors.New("a negative size")
		}
		return errors.Join(b.has(x, y), b.has(x+w, y+h))
	}
	return nil
}

func (b *box) point(x, y string) error {
	px, py, err := pair(x, y)
	if err != nil {
		return err
	}
	return b.has(px, py)
}

func (b *box) has(x, y float64) error {
	const rounding = 0.011
	if !(x >= -rounding && x <= b.width+rounding && y >= -rounding && y <= b.height+rounding) {
		return fmt.Errorf("%v, %v is outside of the view box", x, y)
	}
	return nil
}

func pair(x, y string) (px, py float64, err error) {
	if px, err = number(x); err == nil {
		py, err = number(y)
	}
	return px, py, err
}

func number(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		err = fmt.Errorf("%q is no coordinate", text)
	}
	return v, err
}

// The parts of a path's data, of the commands that our pictures have.
var pathPart = regexp.MustCompile(`[MLHVhvz]|-?[0-9.]+`)

// path walks along a path's data.
func (b *box) path(data string) error {
	rest := strings.Map(func(r rune) rune {
		if r == ' ' || r == ',' {
			return -1
		}
		return r
	}, pathPart.ReplaceAllString(data, ""))
	if rest != "" {
		return fmt.Errorf("path data has %q", rest)
	}
	var x, y float64
	parts := pathPart.FindAllString(data, -1)
	for i := 0; i < len(parts); {
		command := parts[i]
		i++
		count := map[string]int{"M": 2, "L": 2, "H": 1, "V": 1, "h": 1, "v": 1}[command]
		if i+count > len(parts) {
			return fmt.Errorf("path data ends in %s", command)
		}
		var arguments [2]float64
		for k := range count {
			var err error
			if arguments[k], err = number(parts[i+k]); err != nil {
				return err
			}
		}
		i += count
		switch command {
		case "M", "L":
			x, y = arguments[0], arguments[1]
		case "H":
			x = arguments[0]
		case "V":
			y = arguments[0]
		case "h":
			x += arguments[0]
		case "v":
			y += arguments[0]
		case "z":
		default:
			return fmt.Errorf("path data has no command before %s", command)
		}
		if err := b.has(x, y); err != nil {
			return err
		}
	}
	return nil
}
