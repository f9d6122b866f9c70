// Package policyname reads the names of policies with their parameters:
//
//	name[:parameter,…]   where parameter is value or key=value
package policyname

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"trailblazer/api/env"
	"trailblazer/internal/parameter"
)

// Parameter is one number that a policy's name may carry.
type Parameter = parameter.Parameter

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
	head, _, _ := strings.Cut(part, ":")
	if key, _, keyed := strings.Cut(head, "="); keyed {
		return !strings.ContainsAny(key, `/\`) // Else it is a path with = in it.
	}
	_, err := strconv.ParseFloat(part, 64)
	return err == nil
}

// Base is the name without its parameters.
func Base(name string) string {
	base, _, _ := strings.Cut(name, ":")
	return base
}

// Values returns the values that a name gives the parameters, in their order;
// those that it leaves out have their defaults. check, which may be nil, says
// what is wrong with values that are each in range. The error is an
// *env.FieldError.
func Values(name string, parameters []Parameter, check func(values []float64) string) ([]float64, error) {
	base, list, given := strings.Cut(name, ":")
	if !given {
		return defaults(parameters), nil
	}
	return Parse(base, list, parameters, check)
}

func defaults(parameters []Parameter) []float64 {
	values := make([]float64, len(parameters))
	for i, p := range parameters {
		values[i] = p.Default
	}
	return values
}

// Parse is Values for a name whose list of parameters was cut off already.
func Parse(base, list string, parameters []Parameter, check func(values []float64) string) ([]float64, error) {
	values := defaults(parameters)
	refuse := func(text, problem string) error {
		return &env.FieldError{Field: "policy " + strconv.Quote(base+":"+list), Value: strconv.Quote(text) + ", " + problem, Remedy: usage(base, parameters)}
	}
	set := make([]bool, len(values))
	keyed := false
	for i, text := range strings.Split(list, ",") {
		at, value := i, text
		if key, rest, ok := strings.Cut(text, "="); ok {
			keyed = true
			if at = index(parameters, key); at < 0 {
				return nil, refuse(text, "which has an unknown key")
			}
			value = rest
		} else if keyed {
			return nil, refuse(text, "which comes after a key=value")
		}
		if at >= len(values) {
			return nil, refuse(text, "one parameter too many")
		}
		p := parameters[at]
		x, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil && !errors.Is(err, strconv.ErrRange):
			return nil, refuse(text, "which is no number")
		case !(x >= p.Low && x <= p.High):
			return nil, refuse(text, fmt.Sprintf("which is not from %v to %v", p.Low, p.High))
		case p.Integer && x != math.Trunc(x):
			return nil, refuse(text, "which is not a whole number")
		case set[at]:
			return nil, refuse(text, "which is given twice")
		}
		values[at], set[at] = x, true
	}
	if check != nil {
		if problem := check(values); problem != "" {
			return nil, refuse(list, problem)
		}
	}
	return values, nil
}

// usage says how the name is written.
func usage(base string, parameters []Parameter) string {
	if len(parameters) == 0 {
		return fmt.Sprintf("write %s; it has no parameters", base)
	}
	var keys, defaults []string
	for _, p := range parameters {
		value := strconv.FormatFloat(p.Default, 'g', -1, 64)
		keys = append(keys, p.Key+"="+value)
		defaults = append(defaults, value)
	}
	return fmt.Sprintf("write %s:%s, or in short %s:%s", base, strings.Join(keys, ","), base, strings.Join(defaults, ","))
}

func index(parameters []Parameter, key string) int {
	for i, p := range parameters {
		if p.Key == key {
			return i
		}
	}
	return -1
}
