package jsonconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Decode reads a JSON object over what the struct behind into holds: fields
// that are absent keep their values. Fields that the struct does not have are
// refused. Errors are *env.FieldError with paths that begin with root.
func Decode(root string, raw []byte, into any) error {
	if len(raw) == 0 {
		return nil
	}
	if !json.Valid(raw) {
		return Refuse(root, "no JSON", "give a JSON object")
	}
	if err := checkNames(root, raw, reflect.TypeOf(into).Elem()); err != nil {
		return err
	}
	err := json.Unmarshal(raw, into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		path := root
		if wrong.Field != "" {
			path += "." + wrong.Field
		}
		return Refuse(path, "a "+wrong.Value, "give "+describe(wrong.Type))
	}
	if err != nil {
		return Refuse(root, "unreadable", err.Error())
	}
	return nil
}

// describe says what JSON value a type takes.
func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number, such as 0.001"
	case reflect.Bool:
		return "true or false"
	}
	return "a whole number"
}

// checkNames refuses object keys that no field has, and objects that are none.
func checkNames(path string, raw []byte, t reflect.Type) error {
	raw = bytes.TrimSpace(raw)
	for t.Kind() == reflect.Pointer {
		if bytes.Equal(raw, []byte("null")) {
			return nil // not set
		}
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Struct:
		var object map[string]json.RawMessage
		if bytes.Equal(raw, []byte("null")) || json.Unmarshal(raw, &object) != nil {
			return Refuse(path, Quote(string(raw)), "give a JSON object")
		}
		known := fields(t)
		for _, key := range slices.Sorted(maps.Keys(object)) {
			field, ok := known[key]
			if !ok {
				return Refuse(path+"."+key, "no known field", "leave it out; known are "+strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			}
			if err := checkNames(path+"."+key, object[key], field); err != nil {
				return err
			}
		}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return Refuse(path, Quote(string(raw)), "give a JSON array of objects")
		}
		for i, element := range list {
			if err := checkNames(path+"["+strconv.Itoa(i)+"]", element, t.Elem()); err != nil {
				return err
			}
		}
	}
	return nil
}

// fields maps the JSON names of a struct's fields to their types.
func fields(t reflect.Type) map[string]reflect.Type {
	names := make(map[string]reflect.Type, t.NumField())
	for i := range t.NumField() {
		names[jsonName(t.Field(i))] = t.Field(i).Type
	}
	return names
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// Encode writes a struct as JSON with every field in it, also those that
// encoding/json would omit, so that equal settings have equal bytes. Raw JSON
// stays as it is, and is an empty object where there is none.
func Encode(v any) json.RawMessage {
	var b bytes.Buffer
	encodeValue(&b, reflect.ValueOf(v))
	return b.Bytes()
}

func encodeValue(b *bytes.Buffer, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[json.RawMessage]() && v.Len() > 0:
		if err := json.Compact(b, v.Bytes()); err != nil {
			panic(err) // No JSON: Decode comes first.
		}
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		b.WriteString("{}")
	case v.Kind() == reflect.Struct:
		b.WriteByte('{')
		for i := range v.NumField() {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, "%q:", jsonName(v.Type().Field(i)))
			encodeValue(b, v.Field(i))
		}
		b.WriteByte('}')
	case v.Kind() == reflect.Slice:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(',')
			}
			encodeValue(b, v.Index(i))
		}
		b.WriteByte(']')
	case v.Kind() == reflect.Pointer && !v.IsNil():
		encodeValue(b, v.Elem())
	default:
		text, err := json.Marshal(v.Interface())
		if err != nil {
			panic(err) // A number that is not finite: Validate comes first.
		}
		b.Write(text)
	}
}
