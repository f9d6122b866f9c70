package strictjson

import (
	"fmt"
	"reflect"
	"testing"
)

// picky reads itself, and nothing pleases it.
type picky struct{}

func (*picky) UnmarshalJSON(text []byte) error { return fmt.Errorf("%s will not do", text) }

func TestDecode(t *testing.T) {
	type value struct {
		A []struct {
			B float64 `json:"b"`
		} `json:"a"`
		C string `json:"c"`
		D picky  `json:"e"`
	}
	for _, c := range []struct {
		text  string
		known bool
		want  string // the error; empty for none
	}{
		{`{"a": [{"b": 1}], "c": "null"}`, true, ""},
		{`{"d": 1}`, false, ""},
		{`{"d": 1}`, true, "JSON: d is no known field"},
		{`{"a": [{"b": "x"}]}`, false, "a.b: string has the wrong type"},
		{"{\n\"c\": nul}", false, "JSON: is malformed: invalid character '}' in literal null (expecting 'l')"},
		{`{"c": "a\"b", "a": null}`, false, "JSON: has a null"},
		{`{"e": 1}`, true, "JSON: is refused: 1 will not do"},
		{`{} {}`, false, "JSON: goes on after its end"},
		{`{"a": `, false, "JSON: is cut short"},
		{``, false, "JSON: is cut short"},
		{`7`, false, "JSON: number has the wrong type"},
	} {
		var v value
		got := ""
		if err := Decode([]byte(c.text), &v, c.known); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	var v value
	if err := Decode([]byte("{\n\n\"c\": 1}"), &v, false); err == nil || !reflect.DeepEqual(*err, Error{3, "c", "number", "has the wrong type"}) {
		t.Errorf("%+v", err)
	}
}
