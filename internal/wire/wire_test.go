package wire_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/wire"
)

// everything is a space of all kinds.
func everything() *env.Dict {
	feature := []env.Feature{{Name: "size", Unit: "MB", Description: "of the next chunk"}}
	box := &env.Box{DType: env.Float32, Shape: []int{2, 3}, Low: []float64{math.Inf(-1)}, High: []float64{1, 2, 3, 4, 5, 6}, Features: feature}
	return &env.Dict{Entries: []env.Entry{
		{Key: "box", Space: box},
		{Key: "number", Space: &env.Box{DType: env.Uint8, Low: []float64{0}, High: []float64{255}}},
		{Key: "flag", Space: &env.Box{DType: env.Bool, Low: []float64{0}, High: []float64{1}}},
		{Key: "choice", Space: &env.Discrete{N: 2, Start: -1, Choices: []env.Feature{{Name: "a"}, {Name: "b"}}}},
		{Key: "choices", Space: &env.MultiDiscrete{NVec: []int64{3, 4}, Features: feature}},
		{Key: "bits", Space: &env.MultiBinary{N: 5, Features: feature}},
		{Key: "pair", Space: &env.Tuple{Spaces: []env.Space{&env.Discrete{N: 3}, &env.Box{DType: env.Int32, Shape: []int{2}, Low: []float64{-5}, High: []float64{5}}}}},
		{Key: "jobs", Space: &env.Graph{
			Node: &env.Box{DType: env.Float32, Shape: []int{5}, Low: []float64{0}, High: []float64{9}},
			Edge: &env.Box{DType: env.Int8, Low: []float64{0}, High: []float64{1}}}},
		{Key: "dag", Space: &env.Graph{Node: &env.Box{DType: env.Float64, Shape: []int{1}, Low: []float64{0}, High: []float64{9}}}},
		{Key: "queue", Space: &env.Sequence{Element: &env.Dict{Entries: []env.Entry{{Key: "x", Space: &env.Box{DType: env.Int64, Low: []float64{0}, High: []float64{99}}}}}}},
	}}
}

func everythingSpec() *env.Spec {
	return &env.Spec{
		ID: "trailblazer/All-v0", Scenario: "all/default", Observation: everything(), Action: everything(), Info: everything(),
		MaxEpisodeSteps: 7, RewardLow: math.Inf(-1), RewardHigh: 3, ContentHash: "c0ffee",
		DataHashes: map[string]string{"traces": "beef"}, Config: []byte(`{"a":1}`), Metadata: []byte(`{"b":2}`),
	}
}

func TestSpecRoundTrip(t *testing.T) {
	want := everythingSpec()
	encoded, err := proto.Marshal(wire.FromSpec(want, true))
	if err != nil {
		t.Fatal(err)
	}
	var message trailblazerv1.EnvironmentSpec
	if err := proto.Unmarshal(encoded, &message); err != nil {
		t.Fatal(err)
	}
	got, err := wire.ToSpec(&message)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !message.GetCanSnapshot() {
		t.Error("can_snapshot is lost")
	}
}

func TestEnvironmentRoundTrip(t *testing.T) {
	want := env.Environment{
		ID: "trailblazer/All-v0", Description: "all", DefaultScenario: "a", DefaultConfig: []byte(`{}`), Policies: []string{"p"},
		Scenarios: []env.Scenario{{Name: "a", Description: "first", Episodes: 3, DataSource: "real", Unavailable: "no data"}},
	}
	if got := wire.ToEnvironment(wire.FromEnvironment(&want)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestBadSpaces(t *testing.T) {
	deep := &trailblazerv1.Space{}
	for range 1000 {
		deep = &trailblazerv1.Space{Kind: &trailblazerv1.Space_Tuple{Tuple: &trailblazerv1.TupleSpace{Spaces: []*trailblazerv1.Space{deep}}}}
	}
	box := func(dtype trailblazerv1.DataType, shape ...int64) *trailblazerv1.Space {
		return &trailblazerv1.Space{Kind: &trailblazerv1.Space_Box{Box: &trailblazerv1.BoxSpace{Dtype: dtype, Shape: shape, Low: []float64{0}, High: []float64{1}}}}
	}
	for name, space := range map[string]*trailblazerv1.Space{
		"nil":            nil,
		"no kind":        {},
		"too deep":       deep,
		"no dtype":       box(0, 2),
		"unknown dtype":  box(99, 2),
		"negative shape": box(trailblazerv1.DataType_DATA_TYPE_INT8, -2),
		"empty shape":    box(trailblazerv1.DataType_DATA_TYPE_INT8, 0),
		"overflow":       box(trailblazerv1.DataType_DATA_TYPE_INT8, 1<<32, 1<<32),
		"empty dict key": {Kind: &trailblazerv1.Space_Dict{Dict: &trailblazerv1.DictSpace{Entries: []*trailblazerv1.DictEntry{{Space: box(1, 2)}}}}},
		"graph of none":  {Kind: &trailblazerv1.Space_Graph{Graph: &trailblazerv1.GraphSpace{}}},
		"huge bits":      {Kind: &trailblazerv1.Space_MultiBinary{MultiBinary: &trailblazerv1.MultiBinarySpace{N: math.MaxInt64}}},
		"nested ragged": {Kind: &trailblazerv1.Space_Sequence{Sequence: &trailblazerv1.SequenceSpace{
			Element: &trailblazerv1.Space{Kind: &trailblazerv1.Space_Sequence{Sequence: &trailblazerv1.SequenceSpace{Element: box(6, 2)}}}}}},
	} {
		if _, err := wire.ToSpace(space); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// sampled is a transition of random values; every third environment finished.
func sampled(leaves *wire.Leaves, n int, seed uint64) *env.Transition {
	random := rand.New(rand.NewPCG(seed, 1))
	t := leaves.NewTransition(n, env.SameStep)
	for i := range n {
		env.Sample(t.Observation, i, random)
		env.Sample(t.Info, i, random)
		t.Reward[i] = random.NormFloat64()
		t.Terminated[i], t.Truncated[i] = i%6 == 0, i%6 == 3
		if t.Done(i) {
			env.Sample(t.Final.Observation, len(t.Finished), random)
			env.Sample(t.Final.Info, len(t.Finished), random)
			t.Finished = append(t.Finished, i)
		}
	}
	return t
}

func sameRows(t *testing.T, name string, got, want env.Arrays, n int) {
	t.Helper()
	for k := range want {
		for i := range n {
			if string(got[k].Bytes(i)) != string(want[k].Bytes(i)) {
				t.Errorf("%s, leaf %q, environment %d: %x, want %x", name, want[k].Leaf.Path, i, got[k].Bytes(i), want[k].Bytes(i))
			}
		}
	}
}

// TestReplyRoundTrip sends transitions of all kinds of leaves through one
// reply and one receiver, again and again.
func TestReplyRoundTrip(t *testing.T) {
	leaves := wire.LeavesOf(everythingSpec())
	for _, n := range []int{1, 2, 7} {
		reply := wire.NewReply(leaves)
		receiver := wire.NewReceiver(leaves, n, env.SameStep)
		for seed := range uint64(20) {
			want := sampled(leaves, n, seed)
			encoded, err := proto.Marshal(reply.Step(seed, want))
			if err != nil {
				t.Fatal(err)
			}
			reply.Clear()
			next, err := receiver.Step(encoded)
			if err != nil || next != seed {
				t.Fatalf("next is %d, want %d: %v", next, seed, err)
			}
			got := receiver.Transition()
			sameRows(t, "observation", got.Observation, want.Observation, n)
			sameRows(t, "info", got.Info, want.Info, n)
			sameRows(t, "final observation", got.Final.Observation, want.Final.Observation, len(want.Finished))
			sameRows(t, "final info", got.Final.Info, want.Final.Info, len(want.Finished))
			if !reflect.DeepEqual(got.Reward, want.Reward) || !reflect.DeepEqual(got.Terminated, want.Terminated) ||
				!reflect.DeepEqual(got.Truncated, want.Truncated) || !reflect.DeepEqual(got.Finished, want.Finished) {
				t.Fatalf("got %+v, want %+v", got, want)
			}
		}
	}
}

// TestDecode refuses tensors that don't fit, each with the path of what is
// wrong. The leaf is ragged; dense ones are tested through the server.
func TestDecode(t *testing.T) {
	leaves := env.Leaves(&env.Sequence{Element: &env.Box{DType: env.Int32, Shape: []int{2}, Low: []float64{0}, High: []float64{9}}})
	good := func() *trailblazerv1.Tensor {
		return &trailblazerv1.Tensor{Dtype: trailblazerv1.DataType_DATA_TYPE_INT32, Shape: []int64{3, 2}, Data: make([]byte, 24), RowOffsets: []int64{0, 2, 2, 3}}
	}
	arrays, err := wire.Decode(nil, "x", []*trailblazerv1.Tensor{good()}, leaves, 3)
	if err != nil || len(arrays[0].Rows[0]) != 16 || len(arrays[0].Rows[1]) != 0 || len(arrays[0].Rows[2]) != 8 {
		t.Fatalf("%v, %v", arrays, err)
	}
	for name, c := range map[string]struct {
		change func(*trailblazerv1.Tensor)
		field  string
	}{
		"no offsets":        {func(t *trailblazerv1.Tensor) { t.RowOffsets = nil }, "x[0].row_offsets"},
		"too few offsets":   {func(t *trailblazerv1.Tensor) { t.RowOffsets = []int64{0, 3} }, "x[0].row_offsets"},
		"first not 0":       {func(t *trailblazerv1.Tensor) { t.RowOffsets[0] = 1 }, "x[0].row_offsets[0]"},
		"last not all":      {func(t *trailblazerv1.Tensor) { t.RowOffsets[3] = 2 }, "x[0].row_offsets[3]"},
		"going back":        {func(t *trailblazerv1.Tensor) { t.RowOffsets[1], t.RowOffsets[2] = 2, 1 }, "x[0].row_offsets[2]"},
		"beyond the end":    {func(t *trailblazerv1.Tensor) { t.RowOffsets[1] = 4 }, "x[0].row_offsets[1]"},
		"negative":          {func(t *trailblazerv1.Tensor) { t.RowOffsets[1] = -1 }, "x[0].row_offsets[1]"},
		"half a row":        {func(t *trailblazerv1.Tensor) { t.Data = t.Data[:20] }, "x[0].data"},
		"more rows claimed": {func(t *trailblazerv1.Tensor) { t.Shape[0] = 4; t.RowOffsets[3] = 4 }, "x[0].data"},
		"endless rows":      {func(t *trailblazerv1.Tensor) { t.Shape[0] = math.MaxInt64; t.RowOffsets[3] = math.MaxInt64 }, "x[0].shape"},
	} {
		tensor := good()
		c.change(tensor)
		_, err := wire.Decode(nil, "x", []*trailblazerv1.Tensor{tensor}, leaves, 3)
		var field *env.FieldError
		if !errors.As(err, &field) || !strings.HasPrefix(field.Field, c.field) || field.Remedy == "" {
			t.Errorf("%s: got %v, want a refusal of %s", name, err, c.field)
		}
	}
}
