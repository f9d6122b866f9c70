package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailblazer/api/env"
)

func TestConfigRoundTrip(t *testing.T) {
	for _, name := range Presets() {
		c := tinyConfig(t, name)
		if c.Backbone.Layers > 0 {
			c.Backbone.LoRA = LoRA{Rank: 4, Alpha: 8, Targets: []string{"q", "v"}}
		}
		back, err := ParseConfig(c.JSON())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(back.JSON(), c.JSON()) {
			t.Errorf("%s: read back as\n%s\nwant\n%s", name, back.JSON(), c.JSON())
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"backbone.width":                             func(c *Config) { c.Backbone.Width = 0 },
		"backbone.layers":                            func(c *Config) { c.Backbone.Layers = -1 },
		"backbone.kv_heads":                          func(c *Config) { c.Backbone.KVHeads = 3 },
		"backbone.activation":                        func(c *Config) { c.Backbone.Activation = "sigmoid" },
		"backbone.norm":                              func(c *Config) { c.Backbone.Norm = "batch" },
		"backbone.norm_eps":                          func(c *Config) { c.Backbone.NormEps = 0 },
		"backbone.positions":                         func(c *Config) { c.Backbone.Positions = "sinus" },
		"backbone.rope_base":                         func(c *Config) { c.Backbone.RopeBase = 0 },
		"backbone.max_positions":                     func(c *Config) { c.Backbone.Positions, c.Backbone.MaxPositions = PositionsLearned, 2 },
		"backbone.dropout":                           func(c *Config) { c.Backbone.Dropout = 1 },
		"backbone.lora.targets[1]":                   func(c *Config) { c.Backbone.LoRA = LoRA{Rank: 1, Alpha: 1, Targets: []string{"q", "gate"}} },
		"backbone.lora.rank":                         func(c *Config) { c.Backbone.LoRA.Targets = []string{"q"} },
		"tasks":                                      func(c *Config) { c.Tasks = nil },
		"tasks.a b.model.name":                       func(c *Config) { c.Tasks[0].Name = "a b" },
		"tasks[1].name":                              func(c *Config) { c.Tasks[1].Name = c.Tasks[0].Name },
		"tasks.abr.model.context":                    func(c *Config) { c.Tasks[0].Context, c.Tasks[0].Windowed = 0, true },
		"tasks.abr.model.condition":                  func(c *Config) { c.Tasks[0].Condition = "goal" },
		"tasks.abr.model.weight":                     func(c *Config) { c.Tasks[0].Weight = 0 },
		"tasks.abr.model.head.kind":                  func(c *Config) { c.Tasks[0].Head.Kind = HeadPointer; c.Tasks[0].Head.Executors = 1 },
		"tasks.abr.model.head.choices":               func(c *Config) { c.Tasks[0].Head.Choices = 1 },
		"tasks.abr.model.encoder.parts":              func(c *Config) { c.Tasks[0].Encoder.Parts = nil },
		"tasks.abr.model.encoder.parts[0].to":        func(c *Config) { c.Tasks[0].Encoder.Parts[0].To = 99 },
		"tasks.abr.model.encoder.parts[0].kernel":    func(c *Config) { c.Tasks[0].Encoder.Parts[0].Kernel = 99 },
		"tasks.abr.model.encoder.parts[0].widths[1]": func(c *Config) { c.Tasks[0].Encoder.Parts[0].Widths = []int{1, 0} },
		"tasks.cjs.model.encoder.graph.nodes":        func(c *Config) { c.Tasks[1].Encoder.Graph.Nodes = 0 },
		"tasks.cjs.model.encoder.graph.summary":      func(c *Config) { c.Tasks[1].Encoder.Graph.Summary = false },
		"tasks.critic.model.encoder.graph.summary":   func(c *Config) { c.Tasks[3].Encoder.Graph.Summary, c.Tasks[3].Condition = false, ConditionReturn },
		"tasks.critic.model.encoder.graph.kept":      func(c *Config) { c.Tasks[3].Encoder.Graph.Kept = true },
		"tasks.critic.model.head.kind":               func(c *Config) { c.Tasks[3].Head = Head{Kind: HeadChoice, Choices: 2} },
		"tasks.cc.model.head.kind":                   func(c *Config) { c.Tasks[2].Head = Head{Kind: HeadPointer, Executors: 2} },
		"tasks.cc.model.head.std":                    func(c *Config) { c.Tasks[2].Head.Std = -1 },
		"tasks.cjs.model.head.std":                   func(c *Config) { c.Tasks[1].Head.Std = 1 },
		"tasks.cjs.model.objective.kind":             func(c *Config) { c.Tasks[1].Objective.Kind = ObjectiveSoft },
		"tasks.abr.model.objective.floor":            func(c *Config) { c.Tasks[0].Objective.Floor = 0 },
		"tasks.cc.model.objective.huber":             func(c *Config) { c.Tasks[2].Objective.Huber = -1 },
		"tasks.cc.model.encoder.parts[0].name":       func(c *Config) { c.Tasks[2].Encoder.Parts[0].Name = "" },
		"tasks.cc.model.encoder.tokens":              func(c *Config) { c.Tasks[2].Encoder.Tokens = "many" },
		"tasks.cc.model.encoder.activation":          func(c *Config) { c.Tasks[2].Encoder.Activation = "leaky-relu" },
		"tasks.cc.model.encoder.kind":                func(c *Config) { c.Tasks[2].Encoder.Kind = "image" },
	} {
		c := tinyConfig(t, "small")
		change(&c)
		_, err := New(c, testCompute(t), 1)
		if refused, ok := errors.AsType[*env.FieldError](err); !ok || refused.Field != want {
			t.Errorf("%v, want a refusal of %s", err, want)
		}
	}
	split := tinyConfig(t, "small")
	split.Backbone.Width, split.Backbone.Heads = 63, 4
	if err := split.Validate(); err == nil || !strings.Contains(err.Error(), "backbone.width is 63, which 4 heads don't divide: give a multiple of 4") {
		t.Errorf("%v, want it to name the width and the heads", err)
	}
	kept := tinyConfig(t, "gpt2")
	kept.Tasks[1].Objective.Kind, kept.Tasks[1].Encoder.Graph.Kept = ObjectiveExpert, true
	if err := kept.Validate(); err == nil || !strings.Contains(err.Error(), "encoder.graph.kept") {
		t.Errorf("%v, want a refusal of what would show the expert's stages", err)
	}
	for text, want := range map[string]string{
		`{"backbone":{"wdith":3}}`:         "model.backbone.wdith",
		`{"backbone":{"width":"big"}}`:     "model.backbone.width",
		`{"backbone":`:                     "model",
		`{"tasks":[{"head":{"kinds":1}}]}`: "model.tasks[0].head.kinds",
	} {
		_, err := ParseConfig(json.RawMessage(text))
		if refused, ok := errors.AsType[*env.FieldError](err); !ok || refused.Field != want {
			t.Errorf("%s: %v, want a refusal of %s", text, err, want)
		}
	}
	if _, err := PresetBackbone("gpt5"); err == nil || !strings.Contains(err.Error(), "decision-transformer") {
		t.Errorf("an unknown preset: %v", err)
	}
}

// FuzzParseConfig: what is read can be written and read again.
func FuzzParseConfig(f *testing.F) {
	for _, name := range Presets() {
		c := tinyConfig(f, name)
		f.Add([]byte(c.JSON()))
	}
	f.Add([]byte(`{"backbone":{"width":99999999999}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseConfig(text)
		if err != nil {
			return
		}
		back, err := ParseConfig(c.JSON())
		if err != nil || !bytes.Equal(back.JSON(), c.JSON()) {
			t.Fatalf("%s is read back as %s, %v", c.JSON(), back.JSON(), err)
		}
	})
}

// TestParamNames compares the names and shapes of params with those that
// checkpoints have. WRITE_GOLDEN=1 writes the file anew.
func TestParamNames(t *testing.T) {
	var b strings.Builder
	for _, name := range []string{"small", "decision-transformer", "opt", "qwen2"} {
		c := tinyConfig(t, name)
		c.Backbone.Layers = 1
		if name != "small" {
			c.Tasks = c.Tasks[:1]
		} else {
			c.Tasks[2].Head.Std = 0.5
		}
		if name == "qwen2" {
			c.Backbone.LoRA = LoRA{Rank: 2, Alpha: 1, Targets: loraTargets[:]}
		}
		b.WriteString(name + "\n")
		for _, p := range newModel(t, c, 1).params.Params() {
			flag := ""
			if p.NoDecay {
				flag = " no decay"
			}
			b.WriteString("  " + p.Name + " " + fmt.Sprint(p.Shape) + flag + "\n")
		}
	}
	file := filepath.Join("testdata", "params.txt")
	if os.Getenv("WRITE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the params are\n%s\nwant\n%s", b.String(), want)
	}
}

// TestSeeds: a seed gives the same weights, whatever other tasks there are.
func TestSeeds(t *testing.T) {
	c := tinyConfig(t, "gpt2")
	m, same, other := newModel(t, c, 1), newModel(t, c, 1), newModel(t, c, 2)
	c.Tasks = c.Tasks[2:]
	alone := newModel(t, c, 1)
	for _, p := range m.params.Params() {
		if !slices.Equal(p.Value, same.params.Find(p.Name).Value) {
			t.Errorf("%s differs between models of one seed", p.Name)
		}
		if fresh := slices.Max(p.Value) != slices.Min(p.Value); len(p.Value) > 1 && fresh == slices.Equal(p.Value, other.params.Find(p.Name).Value) {
			t.Errorf("%s: drawn at random is %v, and equal for two seeds is %[2]v too", p.Name, fresh)
		}
		if q := alone.params.Find(p.Name); q != nil && !slices.Equal(p.Value, q.Value) {
			t.Errorf("%s depends on what other tasks there are", p.Name)
		}
	}
}

// TestGroups cuts the papers' observations into parts.
func TestGroups(t *testing.T) {
	var abr []string
	for _, name := range []string{"bitrate", "buffer", "throughput", "download_time", "next_size", "chunks_remaining"} {
		for _, index := range []string{"[-3]", "[-2]", "[-1]", "[0]", "[1]"} {
			abr = append(abr, name+index)
		}
	}
	for _, test := range []struct {
		features []string
		want     []Part
	}{
		{abr, []Part{
			{Name: "bitrate", From: 4, To: 5}, {Name: "buffer", From: 9, To: 10}, {Name: "throughput", From: 10, To: 15, Kernel: 4},
			{Name: "download_time", From: 15, To: 20, Kernel: 4}, {Name: "next_size", From: 20, To: 25, Kernel: 5}, {Name: "chunks_remaining", From: 29, To: 30},
		}},
		{[]string{"loss_S", "loss_M", "rtt", "srtt", "rate"}, []Part{{Name: "metrics", From: 0, To: 5, Kernel: 4}}},
		{[]string{"a", "b", "sizes[0]", "sizes[1]", "c", "d[0]", "d[1]", "A b"}, []Part{
			{Name: "metrics", From: 0, To: 2}, {Name: "sizes", From: 2, To: 4}, {Name: "metrics_", From: 4, To: 5},
			{Name: "d", From: 5, To: 7}, {Name: "metrics__", From: 7, To: 8},
		}},
	} {
		got := groupedVector(test.features)
		for i := range test.want {
			test.want[i].Widths = []int{partWidth}
		}
		if !slices.EqualFunc(got, test.want, func(a, b Part) bool {
			return a.Name == b.Name && a.From == b.From && a.To == b.To && a.Kernel == b.Kernel && slices.Equal(a.Widths, b.Widths)
		}) {
			t.Errorf("%v becomes %+v, want %+v", test.features, got, test.want)
		}
	}
}
