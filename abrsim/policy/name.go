package policy

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"trailblazer/api/env"
)

// Parameter is one number that a policy's name may carry.
type Parameter struct {
	Key     string
	Meaning string
	Default float64
	// Low and High bound it; Integer says that it is a whole number.
	Low, High float64
	Integer   bool
}

// Split cuts a comma-separated list of policy names. A comma also separates
// the parameters of one name; a part that is a number or a key=value belongs
// to the name before it. So "bba:5,15,mpc" is "bba:5,15" and "mpc".
func Split(list string) []string {
	var names []string
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimSpace(part)
		if n := len(names); n > 0 && isParameter(part) {
			names[n-1] += "," + part
			continue
		}
		names = append(names, part)
	}
	return names
}

func isParameter(part string) bool {
	key, _, _ := strings.Cut(part, ":")
	if strings.Contains(key, "=") {
		return true
	}
	_, err := strconv.ParseFloat(part, 64)
	return err == nil
}

// parse cuts name[:parameter,…] and returns the values of known in its order.
func parse(name string) (*entry, []float64, error) {
	base, list, given := strings.Cut(name, ":")
	e := find(base)
	if e == nil {
		return nil, nil, &env.NotFoundError{Kind: "policy", Name: base, Known: Names()}
	}
	values := make([]float64, len(e.parameters))
	for i, p := range e.parameters {
		values[i] = p.Default
	}
	if !given {
		return e, values, nil
	}
	refuse := func(text, problem string) error {
		return &env.FieldError{Field: "policy " + strconv.Quote(name), Value: strconv.Quote(text) + ", " + problem, Remedy: e.usage()}
	}
	set := make([]bool, len(values))
	keyed := false
	for i, text := range strings.Split(list, ",") {
		at, value := i, text
		if key, rest, ok := strings.Cut(text, "="); ok {
			keyed = true
			if at = e.index(key); at < 0 {
				return nil, nil, refuse(text, "which has an unknown key")
			}
			value = rest
		} else if keyed {
			return nil, nil, refuse(text, "which comes after a key=value")
		}
		if at >= len(values) {
			return nil, nil, refuse(text, "one parameter too many")
		}
		p := e.parameters[at]
		x, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil && !errors.Is(err, strconv.ErrRange):
			return nil, nil, refuse(text, "which is no number")
		case !(x >= p.Low && x <= p.High):
			return nil, nil, refuse(text, fmt.Sprintf("which is not from %v to %v", p.Low, p.High))
		case p.Integer && x != math.Trunc(x):
			return nil, nil, refuse(text, "which is not a whole number")
		case set[at]:
			return nil, nil, refuse(text, "which is given twice")
		}
		values[at], set[at] = x, true
	}
	if e.check != nil {
		if problem := e.check(values); problem != "" {
			return nil, nil, refuse(list, problem)
		}
	}
	return e, values, nil
}

// usage says how the name is written.
func (e *entry) usage() string {
	if len(e.parameters) == 0 {
		return fmt.Sprintf("write %s; it has no parameters", e.name)
	}
	var keys, defaults []string
	for _, p := range e.parameters {
		value := strconv.FormatFloat(p.Default, 'g', -1, 64)
		keys = append(keys, p.Key+"="+value)
		defaults = append(defaults, value)
	}
	return fmt.Sprintf("write %s:%s, or in short %s:%s", e.name, strings.Join(keys, ","), e.name, strings.Join(defaults, ","))
}

func (e *entry) index(key string) int {
	for i, p := range e.parameters {
		if p.Key == key {
			return i
		}
	}
	return -1
}
