package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// member is one name and value of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// members lists what a JSON object holds, in its order. Unlike encoding/json
// into structs it refuses names that are there twice or in other letters.
func members(text []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if start, err := d.Token(); err != nil {
		return nil, err
	} else if start != json.Delim('{') {
		return nil, errors.New("is no JSON object")
	}
	var list []member
	seen := make(map[string]bool)
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{name: token.(string)} // the decoder lets nothing else be a name
		if seen[m.name] {
			return nil, fmt.Errorf("names %q twice", m.name)
		}
		seen[m.name] = true
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("goes on after the object's end")
	}
	return list, nil
}

// text reads a JSON string.
func text(value json.RawMessage) (string, error) {
	var s string
	if value[0] != '"' {
		return "", fmt.Errorf("%s is no text", value)
	}
	return s, json.Unmarshal(value, &s)
}

// counts reads a JSON list of whole numbers from 0.
func counts(value json.RawMessage) ([]int, error) {
	var raw []json.RawMessage
	if value[0] != '[' {
		return nil, fmt.Errorf("%s is no list", value)
	}
	if err := json.Unmarshal(value, &raw); err != nil {
		return nil, err
	}
	list := make([]int, len(raw))
	for i, r := range raw {
		n, err := strconv.ParseUint(string(r), 10, strconv.IntSize-1)
		if err != nil {
			return nil, fmt.Errorf("%s is no whole number from 0", r)
		}
		list[i] = int(n)
	}
	return list, nil
}
