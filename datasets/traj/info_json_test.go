package traj

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/spacejson"
)

// testSpec has every type of element, a ragged leaf, a mask and named elements.
func testSpec() *env.Spec {
	return &env.Spec{
		ID: "test/Small-v0", Scenario: "small/one", ContentHash: strings.Repeat("ab", 32), DataHashes: map[string]string{"traces": "cd"},
		Config: json.RawMessage(`{"a":"<&>"}`), Metadata: json.RawMessage(`{"none":null}`), RewardLow: math.Inf(-1), RewardHigh: 10, MaxEpisodeSteps: 100,
		Observation: &env.Dict{Entries: []env.Entry{
			{Key: "history", Space: &env.Box{DType: env.Float32, Shape: []int{2, 3}, Low: []float64{0}, High: []float64{math.Inf(1)},
				Features: []env.Feature{{Name: "rate", Unit: "Mbps"}, {Name: "delay", Unit: "ms"}}}},
			{Key: "dag", Space: &env.Graph{Node: &env.Box{DType: env.Float64, Shape: []int{2}, Low: []float64{0}, High: []float64{1}}}},
			{Key: "kind", Space: &env.Box{DType: env.Uint8, Low: []float64{0}, High: []float64{9}}},
		}},
		Action: &env.Discrete{N: 3},
		Info: &env.Dict{Entries: []env.Entry{
			{Key: "action_mask", Space: &env.MultiBinary{N: 3}},
			{Key: "count", Space: &env.Box{DType: env.Int32, Low: []float64{0}, High: []float64{1e9}}},
			{Key: "late", Space: &env.Box{DType: env.Bool, Low: []float64{0}, High: []float64{1}}},
			{Key: "delay_ms", Space: &env.Box{DType: env.Float64, Low: []float64{0}, High: []float64{math.Inf(1)}, Features: []env.Feature{{Name: "delay", Unit: "ms", Description: "of the last packet"}}}},
		}},
	}
}

func TestInfoRoundTrip(t *testing.T) {
	spec := testSpec()
	info, err := newInfo(spec, Labels{Expert: "oracle", Value: true, Advantage: true})
	if err != nil {
		t.Fatal(err)
	}
	info.Scenarios = []ScenarioInfo{ScenarioOf(spec)}
	info.Reference = []Reference{{Scenario: "small/one", ScenarioHash: spec.ContentHash, Kind: "best", Policy: "oracle", Return: -0.1, Seed: math.MaxUint64}}
	info.Statistics = Statistics{Policies: map[string]Count{}, Columns: map[string]Summary{"reward": {Count: 3, Std: 1.0 / 3}}}
	dir := t.TempDir()
	if err := writeInfo(dir, info); err != nil {
		t.Fatal(err)
	}
	read, err := readInfo(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, info) {
		t.Errorf("read\n%+v, wrote\n%+v", read, info)
	}
	again, err := read.Spec()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Observation, spec.Observation) || again.RewardLow != spec.RewardLow {
		t.Errorf("spec %+v", again)
	}
	got, err := read.Schema()
	if err != nil {
		t.Fatal(err)
	}
	want, err := NewSchema(spec, info.Labels)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Equal(want) || !reflect.DeepEqual(got.Columns(), want.Columns()) {
		t.Errorf("schema %+v, want %+v", got, want)
	}
}

func TestInfoRefused(t *testing.T) {
	huge, err := spacejson.Marshal(&env.Discrete{N: 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	none, err := spacejson.Marshal(&env.Dict{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{``, "is no description"},
		{`[]`, "is no description"},
		{`{}`, "schema_version is 0"},
		{`{"schema_version": 99, "shards": 7}`, "schema_version is 99"},
		{`{"schema_version": 1, "shards": 7}`, "is no description"},
		{`{"schema_version": 1}`, "observation_space: JSON: is cut short"},
		{`{"schema_version": 1, "observation_space": {"type":"discrete","n":1}, "action_space": {"type":"discrete","n":1}, "info_space": {"type":"discrete","n":1}}`, "info_space: is no dict"},
		{`{"schema_version": 1, "labels": {"expert": "x", "advantage": true}, "observation_space": ` + string(none) + `, "action_space": ` + string(huge) + `, "info_space": ` + string(none) + `}`, "labels: advantages of 1099511627776 actions"},
	} {
		dir := t.TempDir()
		os.MkdirAll(filepath.Join(dir, "meta"), 0o755)
		os.WriteFile(infoPath(dir), []byte(c.text), 0o644)
		info, err := readInfo(dir)
		if err == nil {
			_, err = info.Schema()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.text, err, c.want)
		}
	}
}
