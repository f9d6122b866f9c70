package spacejson_test

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/spacejson"
)

// spaces are one of each kind, with what is hard to write.
var spaces = []env.Space{
	&env.Box{DType: env.Float32, Shape: []int{2, 3}, Low: []float64{math.Inf(-1)}, High: []float64{math.Inf(1)},
		Features: []env.Feature{{Name: "a", Unit: "ms", Description: `"quoted" <&> ε`}, {Name: "b"}}},
	&env.Box{DType: env.Float64, Low: []float64{0.1}, High: []float64{math.MaxFloat64}},
	&env.Box{DType: env.Int64, Shape: []int{2}, Low: []float64{-1 << 53, math.SmallestNonzeroFloat64}, High: []float64{1 << 53, 7}},
	&env.Box{DType: env.Bool, Low: []float64{0}, High: []float64{1}},
	&env.Discrete{N: 6},
	&env.Discrete{N: math.MaxInt64, Start: math.MinInt64},
	&env.Discrete{N: 2, Choices: []env.Feature{{Name: "up"}, {Name: "down"}}},
	&env.MultiDiscrete{NVec: []int64{1, math.MaxInt64}, Features: []env.Feature{{Name: "first"}, {Name: "second"}}},
	&env.MultiBinary{N: 4},
	&env.Dict{},
	&env.Dict{Entries: []env.Entry{{Key: "z", Space: &env.Discrete{N: 1}}, {Key: "a.b", Space: &env.Tuple{}}}},
	&env.Tuple{Spaces: []env.Space{&env.MultiBinary{N: 1}, &env.Dict{}}},
	&env.Graph{Node: &env.Box{DType: env.Int8, Shape: []int{3}, Low: []float64{0}, High: []float64{1}}},
	&env.Graph{Node: &env.Box{DType: env.Uint8, Low: []float64{0}, High: []float64{255}}, Edge: &env.Box{DType: env.Int32, Low: []float64{0}, High: []float64{1}}},
	&env.Sequence{Element: &env.Dict{Entries: []env.Entry{{Key: "x", Space: &env.Discrete{N: 3}}}}},
}

func TestRoundTrip(t *testing.T) {
	all := spaces
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Environments() {
		factory, err := c.Factory(e.ID, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		spec := factory.Spec()
		all = append(all, spec.Observation, spec.Action, spec.Info)
	}
	for i, space := range all {
		text, err := spacejson.Marshal(space)
		if err != nil {
			t.Fatalf("space %d: %v", i, err)
		}
		read, err := spacejson.Unmarshal(text)
		if err != nil {
			t.Fatalf("space %d: %v in %s", i, err, text)
		}
		if !reflect.DeepEqual(read, space) {
			t.Errorf("space %d is\n%#v, was\n%#v", i, read, space)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{``, "cut short"},
		{`{"type":"box"`, "cut short"},
		{`{"type":"box","shape":[1,"x"]}`, "wrong type"},
		{`{"type":"box","dtype":"float16","low":[0],"high":[1]}`, `dtype "float16" is not known`},
		{`{"type":"box","dtype":"int8","low":[0],"high":["x"]}`, "is no bound"},
		{`{"type":"box","dtype":"int8","low":[0,1],"high":[1]}`, "2 low bounds"},
		{`{"type":"box","dtype":"int8","shape":[1048576,1048576,1048576],"low":[0],"high":[1]}`, "too many elements"},
		{`{"type":"box","dtype":"int8","shape":[-1],"low":[0],"high":[1]}`, "must be positive"},
		{`{"type":"ball"}`, `type "ball" is no kind of space`},
		{`{}`, `type "" is no kind of space`},
		{`{"type":"discrete"}`, "0 choices"},
		{`{"type":"discrete","n":3,"m":4}`, "m is no known field"},
		{`{"type":"multi_binary","n":9007199254740992}`, "at most"},
		{`{"type":"sequence"}`, "element: a space is missing"},
		{`{"type":"graph","nodes":{"type":"discrete","n":1}}`, "nodes: a box is missing"},
		{`{"type":"graph"}`, "nodes: a box is missing"},
		{`{"type":"tuple","spaces":[null]}`, "has a null"},
		{`{"type":"dict","entries":[{"key":"a","space":{"type":"dict","entries":[{"key":"b"}]}}]}`, "a: b: a space is missing"},
		{`{"type":"dict","entries":[{"key":"a","space":{"type":"dict"}},{"key":"a","space":{"type":"dict"}}]}`, `"a" is empty or repeated`},
	} {
		if _, err := spacejson.Unmarshal([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.text, err, c.want)
		}
	}
	for _, space := range []env.Space{nil, (*env.Box)(nil), &env.Discrete{}, &env.Sequence{}} {
		if text, err := spacejson.Marshal(space); err == nil {
			t.Errorf("%#v was written as %s", space, text)
		}
	}
}

// FuzzUnmarshal checks that what is read can be written, and is read alike.
func FuzzUnmarshal(f *testing.F) {
	for _, space := range spaces {
		text, err := spacejson.Marshal(space)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		space, err := spacejson.Unmarshal(text)
		if err != nil {
			return
		}
		written, err := spacejson.Marshal(space)
		if err != nil {
			t.Fatalf("%#v: %v", space, err)
		}
		again, err := spacejson.Unmarshal(written)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if rewritten, err := spacejson.Marshal(again); err != nil || !bytes.Equal(rewritten, written) {
			t.Fatalf("%s became %s (%v)", written, rewritten, err)
		}
	})
}
