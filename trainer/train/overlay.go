package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"trailblazer/internal/jsonconfig"
)

// Overlay lays JSON over JSON: fields of objects replace those of the same
// name, one by one; so do elements of lists whose elements have a "name", which
// is how tasks are told. Such a list may also be written as an object, each
// element behind its name: {"tasks": {"abr": {...}}}. Other lists are replaced as
// a whole.
func Overlay(base, over json.RawMessage) (json.RawMessage, error) {
	below, err := parseTree("config", base)
	if err != nil {
		return nil, err
	}
	above, err := parseTree("config", over)
	if err != nil {
		return nil, err
	}
	return json.Marshal(overlay(below, above))
}

// listed is an object of named elements as the list that it stands for. What is no
// such thing is refused where its type is known.
func listed(object map[string]any) (list []any, ok bool) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		element, ok := object[name].(map[string]any)
		if !ok {
			return nil, false
		}
		element = maps.Clone(element)
		if _, said := element["name"]; !said {
			element["name"] = name
		}
		list = append(list, element)
	}
	return list, true
}

func overlay(below, above any) any {
	switch above := above.(type) {
	case map[string]any:
		if below, ok := below.(map[string]any); ok {
			for key, value := range above {
				below[key] = overlay(below[key], value)
			}
			return below
		}
		if below, ok := below.([]any); ok && len(below) > 0 && named(below) {
			if list, ok := listed(above); ok {
				return overlay(below, list)
			}
		}
	case []any:
		if below, ok := below.([]any); ok && named(below) && named(above) && len(above) > 0 {
			for _, value := range above {
				name := nameOf(value)
				at := slices.IndexFunc(below, func(x any) bool { return nameOf(x) == name })
				if at < 0 {
					below = append(below, value)
				} else {
					below[at] = overlay(below[at], value)
				}
			}
			return below
		}
	}
	return above
}

// Set replaces the value at a path of names between dots, such as
// "tasks.abr.batch"; an element of a list is called by its "name", or by its
// place from 0. A value that is no JSON is a string.
func Set(base json.RawMessage, path, value string) (json.RawMessage, error) {
	tree, err := parseTree("config", base)
	if err != nil {
		return nil, err
	}
	var parsed any = value
	if number, err := strconv.ParseFloat(value, 64); errors.Is(err, strconv.ErrRange) || math.IsNaN(number) || math.IsInf(number, 0) {
		return nil, jsonconfig.Refuse(path, value, "give a finite number, such as 0.001: JSON has no NaN, and nothing beyond 1e308")
	}
	if json.Valid([]byte(value)) {
		if parsed, err = parseTree(path, json.RawMessage(value)); err != nil {
			return nil, err
		}
	}
	if tree, err = set(tree, "", strings.Split(path, "."), parsed); err != nil {
		return nil, err
	}
	return json.Marshal(tree)
}

func set(tree any, at string, path []string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	next := strings.TrimPrefix(at+"."+path[0], ".")
	switch tree := tree.(type) {
	case map[string]any:
		old, ok := tree[path[0]]
		if !ok {
			return nil, jsonconfig.Refuse(next, "no known field", "give one of "+strings.Join(slices.Sorted(maps.Keys(tree)), ", "))
		}
		changed, err := set(old, next, path[1:], value)
		tree[path[0]] = changed
		return tree, err
	case []any:
		i := slices.IndexFunc(tree, func(x any) bool { return nameOf(x) == path[0] })
		if i < 0 {
			if k, err := strconv.Atoi(path[0]); err == nil && k >= 0 && k < len(tree) {
				i = k
			}
		}
		if i < 0 {
			var known []string
			for k, x := range tree {
				known = append(known, orPlace(nameOf(x), k))
			}
			return nil, jsonconfig.Refuse(next, "no element of the list", "give one of "+strings.Join(known, ", "))
		}
		changed, err := set(tree[i], next, path[1:], value)
		tree[i] = changed
		return tree, err
	}
	return nil, jsonconfig.Refuse(next, "no field", at+" is a plain value")
}

func orPlace(name string, place int) string {
	if name == "" {
		return strconv.Itoa(place)
	}
	return name
}

// parseTree keeps numbers as they are written.
func parseTree(field string, text json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree any
	if !json.Valid(text) {
		return nil, jsonconfig.Refuse(field, "no JSON", "give a JSON object")
	}
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	return tree, nil
}

// named reports whether all elements of a list have names.
func named(list []any) bool {
	return !slices.ContainsFunc(list, func(x any) bool { return nameOf(x) == "" })
}

func nameOf(x any) string {
	object, _ := x.(map[string]any)
	name, _ := object["name"].(string)
	return name
}
