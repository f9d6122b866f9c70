package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// difference finds the first field in which two configs differ, and says what
// it is in each; empty where they don't.
func difference(old, new json.RawMessage) (string, error) {
	was, err := parseTree("config", old)
	if err != nil {
		return "", err
	}
	is, err := parseTree("config", new)
	if err != nil {
		return "", err
	}
	return differs("", was, is), nil
}

func differs(at string, was, is any) string {
	if reflect.DeepEqual(was, is) {
		return ""
	}
	switch was := was.(type) {
	case map[string]any:
		is, ok := is.(map[string]any)
		if !ok {
			break
		}
		keys := slices.AppendSeq(slices.Collect(maps.Keys(was)), maps.Keys(is))
		slices.Sort(keys)
		for _, key := range keys {
			if text := differs(strings.TrimPrefix(at+"."+key, "."), was[key], is[key]); text != "" {
				return text
			}
		}
	case []any:
		is, ok := is.([]any)
		if !ok || len(was) != len(is) {
			break
		}
		for i := range was {
			if text := differs(at+"."+orPlace(nameOf(was[i]), i), was[i], is[i]); text != "" {
				return text
			}
		}
	}
	return fmt.Sprintf("%s is %s, and not %s", at, short(was), short(is))
}

// short is a value as JSON, cut where it would flood a line.
func short(value any) string {
	text, err := json.Marshal(value)
	if err != nil || len(text) > 60 {
		return "another"
	}
	return string(text)
}
