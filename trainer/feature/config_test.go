package feature_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testcc"
	"trailblazer/internal/testcjs"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
)

func TestConfigSurvivesJSON(t *testing.T) {
	for name, s := range stages(t) {
		c, err := feature.Default(s.factory.Spec())
		if err != nil {
			t.Fatal(err)
		}
		again, err := feature.ParseConfig(c.JSON())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if string(again.JSON()) != string(c.JSON()) {
			t.Errorf("%s: %s became %s", name, c.JSON(), again.JSON())
		}
	}
}

func TestDefaultsOfThePlayer(t *testing.T) {
	c, err := feature.Default(testabr.OpenFactory(t, "", "abr/train", "").Spec())
	if err != nil {
		t.Fatal(err)
	}
	a, err := feature.New(c, testabr.OpenFactory(t, "", "abr/ood3", "").Spec())
	if err != nil {
		t.Fatal(err)
	}
	shape := a.Shape()
	want := []feature.Group{{"bitrate", 1}, {"buffer", 1}, {"throughput", 6}, {"download_time", 6}, {"next_size", 6}, {"chunks_remaining", 1}}
	if !reflect.DeepEqual(shape.Groups, want) || shape.Choices != 6 {
		t.Errorf("the shape is %+v", shape)
	}
}

// TestRefused binds configs to environments that they are not for, and spoils
// them.
func TestRefused(t *testing.T) {
	abr := testabr.OpenFactory(t, "", "abr/train", "").Spec()
	cc := testcc.OpenFactory(t, "", "cc/train", "").Spec()
	cjs := testcjs.OpenFactory(t, "", "cjs/custom", "").Spec()
	for name, c := range map[string]struct {
		made, bound *env.Spec
		spoil       func(c *feature.Config)
		want        string
	}{
		"another environment": {abr, cc, nil, "play or read that: this is trailblazer/CC-v0"},
		"another layout":      {abr, testabr.OpenFactory(t, "", "abr/train", `{"observation": {"layout": "dict"}}`).Spec(), nil, `"bitrate[-1]"`},
		"a longer history":    {testabr.OpenFactory(t, "", "abr/train", `{"observation": {"history": 8}}`).Spec(), abr, nil, `"throughput[-8]"`},
		"two flows":           {cc, testcc.OpenFactory(t, "", "cc/train", `{"flows": 2}`).Spec(), nil, "loss_S"},
		"a reference":         {cc, cc, func(c *feature.Config) { c.Value.Reference = "rate" }, `features.value.reference is "rate": give a number that the environment shows (loss_S, `},
		"an unknown input":    {cjs, cjs, func(c *feature.Config) { c.Jobs[1].Name = "age" }, "known are limit, source"},
		"inputs of two kinds": {cjs, cjs, func(c *feature.Config) { c.Vector = []feature.Number{{Name: "x"}} }, "inputs of one kind"},
		"no inputs":           {abr, abr, func(c *feature.Config) { c.Vector = nil }, "inputs of one kind"},
		"a name, twice":       {abr, abr, func(c *feature.Config) { c.Vector[1].Name = c.Vector[0].Name }, "once"},
		"a scale":             {abr, abr, func(c *feature.Config) { c.Vector[0].Std = math.NaN() }, "vector[0].std"},
		"a logarithm":         {abr, abr, func(c *feature.Config) { c.Vector[2].Log = -1 }, "vector[2].log"},
		"a mean":              {abr, abr, func(c *feature.Config) { c.Vector[2].Mean = math.Inf(1) }, "vector[2].mean"},
		"a condition":         {abr, abr, func(c *feature.Config) { c.Condition.Kind = "luck" }, `"none", "return" or "value"`},
		"a target":            {abr, abr, func(c *feature.Config) { c.Condition.Target = math.NaN() }, "condition.target"},
		"a bound":             {abr, abr, func(c *feature.Config) { c.Clip = -1 }, "features.clip is -1"},
		"nobody":              {abr, abr, func(c *feature.Config) { c.Environment = "" }, "environment"},
	} {
		config, err := feature.Default(c.made)
		if err != nil {
			t.Fatal(err)
		}
		if c.spoil != nil {
			c.spoil(config)
		}
		if _, err := feature.New(config, c.bound); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
}

func TestNaNIsRefused(t *testing.T) {
	spec := testabr.OpenFactory(t, "", "abr/train", "").Spec()
	config, err := feature.Default(spec)
	if err != nil {
		t.Fatal(err)
	}
	a, err := feature.New(config, spec)
	if err != nil {
		t.Fatal(err)
	}
	batch := env.NewBatch(spec, 1)
	var s model.Steps
	feature.Start(&s)
	env.Row[float32](&batch.Observation[0], 0)[17] = float32(math.NaN())
	if err := a.Observe(batch, 0, &s); err == nil || !strings.Contains(err.Error(), "observation.throughput[-1] is NaN") {
		t.Error(err)
	}
	// What is beyond all bounds is as far as inputs go.
	env.Row[float32](&batch.Observation[0], 0)[17] = float32(math.Inf(1))
	feature.Start(&s)
	if err := a.Observe(batch, 0, &s); err != nil || s.Vector[7] != 10 {
		t.Errorf("%v, %v", s.Vector, err)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(`{"environment": "trailblazer/ABR-v0", "vector": [{"name": "x", "std": 2}]}`))
	f.Add([]byte(`{"environment": "a", "nodes": [{"name": "tasks"}], "condition": {"kind": "return"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := feature.ParseConfig(text)
		if err != nil {
			return
		}
		if again, err := feature.ParseConfig(c.JSON()); err != nil || string(again.JSON()) != string(c.JSON()) {
			t.Errorf("%s: %v", c.JSON(), err)
		}
	})
}
