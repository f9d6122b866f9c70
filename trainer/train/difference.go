package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// mostDifferences is how many are worth telling.
const mostDifferences = 4

// Difference says in which fields two configs differ, and what they are in each;
// empty where they don't. A field that the old one does not have, as it was not
// known yet, stands for nothing: 0, false or empty.
func Difference(old, new json.RawMessage) (string, error) {
	was, err := parseTree("config", old)
	if err != nil {
		return "", err
	}
	is, err := parseTree("config", new)
	if err != nil {
		return "", err
	}
	list := differs("", was, is)
	if more := len(list) - mostDifferences; more > 0 {
		list = append(list[:mostDifferences], fmt.Sprintf("%d more differ", more))
	}
	return strings.Join(list, ", "), nil
}

func differs(at string, was, is any) (list []string) {
	if reflect.DeepEqual(was, is) {
		return nil
	}
	switch was := was.(type) {
	case map[string]any:
		is, ok := is.(map[string]any)
		if !ok {
			break
		}
		keys := slices.AppendSeq(slices.Collect(maps.Keys(was)), maps.Keys(is))
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			if _, known := was[key]; !known && isNothing(is[key]) {
				continue
			}
			list = append(list, differs(strings.TrimPrefix(at+"."+key, "."), was[key], is[key])...)
		}
		return list
	case []any:
		is, ok := is.([]any)
		if !ok || len(was) != len(is) {
			break
		}
		for i := range was {
			list = append(list, differs(at+"."+orPlace(nameOf(was[i]), i), was[i], is[i])...)
		}
		return list
	}
	return []string{fmt.Sprintf("%s is %s, and not %s", at, short(was), short(is))}
}

// isNothing reports whether a value is what a field that is not given has.
func isNothing(value any) bool {
	switch value := value.(type) {
	case []any:
		return len(value) == 0
	case map[string]any:
		for _, v := range value {
			if !isNothing(v) {
				return false
			}
		}
		return true
	case json.Number:
		return value == "0"
	}
	return value == nil || value == false || value == ""
}

// short is a value as JSON, cut where it would flood a line.
func short(value any) string {
	text, err := json.Marshal(value)
	if err != nil || len(text) > 60 {
		return "another"
	}
	return string(text)
}
