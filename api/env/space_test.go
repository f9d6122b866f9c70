package env_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"trailblazer/api/env"
)

// everything has one of each kind of space.
func everything() env.Space {
	box := &env.Box{DType: env.Float32, Shape: []int{2, 3}, Low: []float64{-1}, High: []float64{1}}
	return &env.Dict{Entries: []env.Entry{
		{Key: "box", Space: box},
		{Key: "open", Space: &env.Box{DType: env.Float64, Low: []float64{math.Inf(-1)}, High: []float64{math.Inf(1)}}},
		{Key: "level", Space: &env.Discrete{N: 6, Start: 2}},
		{Key: "pair", Space: &env.Tuple{Spaces: []env.Space{
			&env.MultiDiscrete{NVec: []int64{2, 3}},
			&env.MultiBinary{N: 4},
		}}},
		{Key: "jobs", Space: &env.Graph{
			Node: &env.Box{DType: env.Float32, Shape: []int{5}, Low: []float64{0}, High: []float64{math.Inf(1)}},
			Edge: &env.Box{DType: env.Uint8, Low: []float64{0}, High: []float64{9}},
		}},
		{Key: "list", Space: &env.Sequence{Element: &env.Dict{Entries: []env.Entry{
			{Key: "a", Space: &env.Discrete{N: 3}},
			{Key: "b", Space: &env.Box{DType: env.Int32, Shape: []int{2}, Low: []float64{-5, 0}, High: []float64{5, 7}}},
		}}}},
	}}
}

func TestLeavesComeInWireOrder(t *testing.T) {
	space := everything()
	if err := space.Validate(); err != nil {
		t.Fatal(err)
	}
	type leaf struct {
		Path   string
		DType  env.DType
		Shape  []int
		Ragged bool
	}
	want := []leaf{
		{"box", env.Float32, []int{2, 3}, false},
		{"open", env.Float64, nil, false},
		{"level", env.Int64, nil, false},
		{"pair.0", env.Int64, []int{2}, false},
		{"pair.1", env.Int8, []int{4}, false},
		{"jobs.nodes", env.Float32, []int{5}, true},
		{"jobs.edges", env.Uint8, nil, true},
		{"jobs.edge_links", env.Int64, []int{2}, true},
		{"list.a", env.Int64, nil, true},
		{"list.b", env.Int32, []int{2}, true},
	}
	var got []leaf
	for _, l := range env.Leaves(space) {
		got = append(got, leaf{l.Path, l.DType, l.Shape, l.Ragged})
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("leaves\n%v\nwant\n%v", got, want)
	}
	if leaves := env.Leaves(nil); leaves != nil {
		t.Errorf("leaves of no space: %v", leaves)
	}
}

func TestSpacesRefuseNonsense(t *testing.T) {
	box := func(change func(*env.Box)) env.Space {
		b := &env.Box{DType: env.Float32, Shape: []int{2}, Low: []float64{0}, High: []float64{1}}
		change(b)
		return b
	}
	for name, test := range map[string]struct {
		space env.Space
		want  string
	}{
		"no type":            {box(func(b *env.Box) { b.DType = 0 }), "element type"},
		"empty dimension":    {box(func(b *env.Box) { b.Shape = []int{2, 0} }), "positive"},
		"bounds too few":     {box(func(b *env.Box) { b.Low = nil }), "low bounds"},
		"bounds too many":    {box(func(b *env.Box) { b.High = []float64{1, 2, 3} }), "high bounds"},
		"bounds crossed":     {box(func(b *env.Box) { b.Low = []float64{0, 2} }), "element 1"},
		"bounds not numbers": {box(func(b *env.Box) { b.High = []float64{math.NaN()} }), "NaN"},
		"features too many":  {box(func(b *env.Box) { b.Features = make([]env.Feature, 3) }), "3 features"},
		"no choices":         {&env.Discrete{}, "at least 1"},
		"choices misnamed":   {&env.Discrete{N: 2, Choices: make([]env.Feature, 1)}, "names 1"},
		"empty vector":       {&env.MultiDiscrete{}, "empty"},
		"a choice of none":   {&env.MultiDiscrete{NVec: []int64{2, 0}}, "element 1"},
		"no bits":            {&env.MultiBinary{}, "at least 1"},
		"repeated key":       {&env.Dict{Entries: []env.Entry{{"a", &env.Discrete{N: 1}}, {"a", &env.Discrete{N: 1}}}}, "repeated"},
		"bad entry":          {&env.Dict{Entries: []env.Entry{{"a", &env.Discrete{}}}}, "a: "},
		"nil entry":          {&env.Tuple{Spaces: []env.Space{nil}}, "nil"},
		"no nodes":           {&env.Graph{}, "nodes"},
		"ragged sequence":    {&env.Sequence{Element: &env.Sequence{Element: &env.Discrete{N: 1}}}, "ragged"},
	} {
		if err := test.space.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, test.want)
		}
	}
}

func TestSamplesBelongToTheirSpace(t *testing.T) {
	leaves := env.Leaves(everything())
	const n = 7
	values := env.NewArrays(leaves, n)
	checker := env.NewChecker("value", leaves)
	random := rand.New(rand.NewPCG(1, 2))
	if err := checker.CheckShape(values, n); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		for i := range n {
			env.Sample(values, i, random)
			if err := checker.CheckRow(values, i); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestCheckerNamesFieldValueAndRemedy(t *testing.T) {
	leaves := env.Leaves(everything())
	for name, test := range map[string]struct {
		spoil func(env.Arrays)
		want  env.FieldError
	}{
		"NaN":        {func(a env.Arrays) { env.Row[float32](a.Find("box"), 1)[4] = float32(math.NaN()) }, env.FieldError{Field: "value.box, environment 1, element 4", Value: "NaN", Remedy: "give a number from -1 to 1"}},
		"too small":  {func(a env.Arrays) { env.Row[int64](a.Find("level"), 1)[0] = 1 }, env.FieldError{Field: "value.level, environment 1", Value: "1", Remedy: "give a number from 2 to 7"}},
		"too large":  {func(a env.Arrays) { env.Row[int64](a.Find("pair.0"), 1)[1] = 3 }, env.FieldError{Field: "value.pair.0, environment 1, element 1", Value: "3", Remedy: "give a number from 0 to 2"}},
		"ragged row": {func(a env.Arrays) { copy(env.ResizeRow[int32](a.Find("list.b"), 1, 2), []int32{0, 0, 0, 8}) }, env.FieldError{Field: "value.list.b, environment 1, element 3", Value: "8", Remedy: "give a number from 0 to 7"}},
	} {
		values := env.NewArrays(leaves, 2)
		random := rand.New(rand.NewPCG(3, 4))
		env.Sample(values, 0, random)
		env.Sample(values, 1, random)
		test.spoil(values)
		checker := env.NewChecker("value", leaves)
		if err := checker.CheckRow(values, 0); err != nil {
			t.Errorf("%s: row 0: %v", name, err)
		}
		var got *env.FieldError
		if err := checker.CheckRow(values, 1); !errors.As(err, &got) || *got != test.want {
			t.Errorf("%s: %+v, want %+v", name, err, test.want)
		}
	}
}

func TestCheckerNamesASpaceOfOneLeaf(t *testing.T) {
	leaves := env.Leaves(&env.Discrete{N: 6})
	action := env.NewArrays(leaves, 4)
	env.All[int64](&action[0])[3] = 6
	want := env.FieldError{Field: "action, environment 3", Value: "6", Remedy: "give a number from 0 to 5"}
	var got *env.FieldError
	if err := env.NewChecker("action", leaves).CheckRow(action, 3); !errors.As(err, &got) || *got != want {
		t.Errorf("%+v, want %+v", err, want)
	}
}

func TestArraysShareMemoryAndStayApart(t *testing.T) {
	leaves := env.Leaves(everything())
	values := env.NewArrays(leaves, 3)
	for k := range values {
		if !values[k].Leaf.Ragged {
			for i := range 3 {
				row := values[k].Bytes(i)
				for j := range row {
					row[j] = byte(16*k + i)
				}
			}
		}
	}
	for k := range values {
		if values[k].Leaf.Ragged {
			continue
		}
		if got := values[k].Len(); got != 3 {
			t.Errorf("leaf %d has %d rows, want 3", k, got)
		}
		for i := range 3 {
			for _, b := range values[k].Bytes(i) {
				if b != byte(16*k+i) {
					t.Fatalf("leaf %d row %d was overwritten", k, i)
				}
			}
		}
	}

	first := env.ResizeRow[int64](values.Find("list.a"), 2, 3)
	copy(first, []int64{1, 2, 0})
	copied := env.NewArrays(leaves, 1)
	copied.CopyRow(0, values, 2)
	first[0] = 2
	if got := env.Row[int64](copied.Find("list.a"), 0); !reflect.DeepEqual(got, []int64{1, 2, 0}) {
		t.Errorf("copied row is %v", got)
	}

	defer func() {
		if recover() == nil {
			t.Error("reading float32 as float64 did not panic")
		}
	}()
	env.Row[float64](values.Find("box"), 0)
}

func TestResetOptions(t *testing.T) {
	one := env.ResetOptions{Seeds: []uint64{7}}
	if got := *one.Seed(3); got != 10 {
		t.Errorf("seed of environment 3 is %d, want 10", got)
	}
	if got := (&env.ResetOptions{}).Seed(3); got != nil {
		t.Errorf("seed without seeds is %v", *got)
	}
	var field *env.FieldError
	if err := (&env.ResetOptions{Seeds: []uint64{1, 2}}).Check(3); !errors.As(err, &field) || field.Field != "seeds" {
		t.Errorf("two seeds for three: %v", err)
	}
}

func TestBindFindsLeavesByPathAndType(t *testing.T) {
	leaves := env.Leaves(everything())
	level, open := -1, -1
	if err := env.Bind(leaves, []env.Binding{{Path: "level", DType: env.Int64, At: &level}, {Path: "open", DType: env.Float64, At: &open}}); err != nil {
		t.Fatal(err)
	}
	if leaves[level].Path != "level" || leaves[open].Path != "open" {
		t.Errorf("bound leaves %d and %d", level, open)
	}
	for name, want := range map[string]env.Binding{
		"no such path":   {Path: "nope", DType: env.Int64, At: &level},
		"another type":   {Path: "level", DType: env.Float64, At: &level},
		"several values": {Path: "box", DType: env.Float32, At: &level},
		"ragged rows":    {Path: "list.a", DType: env.Int64, At: &level},
	} {
		if err := env.Bind(leaves, []env.Binding{want}); err == nil || !strings.Contains(err.Error(), want.Path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
