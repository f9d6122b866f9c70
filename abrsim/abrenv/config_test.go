package abrenv_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
)

// TestConfigRefused checks that what is wrong with a configuration is named
// with its path.
func TestConfigRefused(t *testing.T) {
	const video = `{"name": "v", "bitrates_kbps": [300, 600], "chunk_ms": 4000, "sizes_bytes": [[1, 2], [3, 4]]}`
	for _, test := range []struct{ config, field, remedy string }{
		{`[]`, "config", "object"},
		{`null`, "config", "object"},
		{`{`, "config", "JSON"},
		{`{"palyer": {}}`, "config.palyer", "player"},
		{`{"Player": {}}`, "config.Player", "player"},
		{`{"player": {"rtt": 1}}`, "config.player.rtt", "rtt_ms"},
		{`{"player": 3}`, "config.player", "object"},
		{`{"player": {"rtt_ms": "fast"}}`, "config.player.rtt_ms", "a number"},
		{`{"player": {"rtt_ms": -1}}`, "config.player.rtt_ms", "0 to"},
		{`{"player": {"profile": "fast"}}`, "config.player.profile", "paper"},
		{`{"player": {"noise_low": 2, "noise_high": 1}}`, "config.player.noise_low", "low <= high"},
		{`{"player": {"initial_level": 6}}`, "config.player.initial_level", "ladder"},
		{`{"player": {"chunks": 50}}`, "config.player.chunks", "at most"},
		{`{"qoe": {"kind": "best"}}`, "config.qoe.kind", "linear"},
		{`{"qoe": {"kind": "hd", "hd_quality": [1, 2, 3]}}`, "config.qoe.hd_quality", "per level"},
		{`{"qoe": {"smoothness_penalty": -1}}`, "config.qoe.smoothness_penalty", "0 or more"},
		{`{"observation": {"layout": "list"}}`, "config.observation.layout", "matrix"},
		{`{"observation": {"history": 5}}`, "config.observation.history", "dict"},
		{`{"observation": {"history": -1}}`, "config.observation.history", "1 to"},
		{`{"observation": {"history": 1025}}`, "config.observation.history", "1 to"},
		{`{"observation": {"history": 2.5}}`, "config.observation.history", "whole"},
		{`{"first_chunk": "me"}`, "config.first_chunk", "forced"},
		{`{"first_chunk": "forced", "player": {"chunks": 1}}`, "config.first_chunk", "agent"},
		{`{"selection": "best"}`, "config.selection", "sequential"},
		{`{"max_steps": -1}`, "config.max_steps", "0 for no limit"},
		{`{"start_pointers": [1]}`, "config.start_pointers", "sequential"},
		{`{"selection": "sequential", "start_pointers": [1]}`, "config.pointers", "one per trace"},
		{`{"future": {"windows_s": [1, 1]}}`, "config.future.windows_s[1]", "rising"},
		{`{"future": {"windows_s": [0]}}`, "config.future.windows_s[0]", "rising"},
		{`{"future": {"windows_s": [3600]}, "traces": [{"name": "x", "times_s": [0, 0.001, 0.002], "bandwidth_mbps": [1, 1, 1]}]}`, "config.future.windows_s", "shorter"},
		{`{"skip_dead": true, "selection": "sequential"}`, "config.skip_dead", "random"},
		{`{"randomise": {"videos": {"generated": -1}}}`, "config.randomise.videos.generated", "0 to"},
		{`{"randomise": {"videos": {"generated": 1, "sizes": [2, 1]}}}`, "config.randomise.videos.sizes", "[least, most]"},
		{`{"randomise": {"videos": {"generated": 1, "sizes": [0, 1]}}}`, "config.randomise.videos.sizes", "0.01 to 100"},
		{`{"randomise": {"videos": {"generated": 1, "spread": [0, 2]}}}`, "config.randomise.videos.spread", "0 to 1"},
		{`{"randomise": {"videos": {"generated": 500}}}`, "config.videos", "at most 278"},
		{`{"randomise": {"bandwidth": {"variants": 1000}}}`, "config.traces", "at most 65536"},
		{`{"randomise": {"bandwidth": {"variants": 1, "factor": [1]}}}`, "config.randomise.bandwidth.factor", "[least, most]"},
		{`{"randomise": {"bandwidth": {"variants": 1, "factor": [0, 1]}}}`, "config.randomise.bandwidth.factor", "0.01 to 100"},
		{`{"generator": {"traces": 1, "max_mbps": [0, 1]}}`, "config.generator.max_mbps", "such as [1, 5]"},
		{`{"generator": {"traces": 1, "min_mbps": 3}}`, "config.generator.min_mbps", "array"},
		{`{"generator": {"traces": 1, "duration_s": 1}}`, "config.generator.duration_s", "2 s"},
		{`{"generator": {"traces": 60000, "duration_s": 1000000}}`, "config.generator.duration_s", "at most"},
		{`{"traces": {}}`, "config.traces", "array"},
		{`{"traces": [{"name": "x", "times": []}]}`, "config.traces[0].times", "times_s"},
		{`{"traces": [{"name": "x"}]}`, "config.traces[0].times_s", "at least 2"},
		{`{"traces": [{"name": "x", "times_s": [0, 1], "bandwidth_mbps": [1, 1]}, {"name": "y", "times_s": [0, 1, 1], "bandwidth_mbps": [1, 1, 1]}]}`, "config.traces[1].times_s[2]", "sort"},
		{`{"traces": [{"name": "x", "times_s": [0, 1], "bandwidth_mbps": [1, 0]}]}`, "config.traces[0].bandwidth_mbps", "dead"},
		{`{"videos": [` + video + `, {"name": "w", "bitrates_kbps": [300], "chunk_ms": 4000, "sizes_bytes": [[1, 2]]}]}`, "config.videos[1].bitrates_kbps", "give 2"},
		{`{"videos": [{"name": "w", "bitrates_kbps": [300, 200], "chunk_ms": 4000, "sizes_bytes": [[1], [2]]}]}`, "config.videos[0].bitrates_kbps[1]", "lowest to highest"},
	} {
		library, err := abrenv.NewLibrary("")
		if err != nil {
			t.Fatal(err)
		}
		c, err := library.Config("abr/custom", json.RawMessage(test.config))
		if err == nil {
			_, err = library.Factory("abr/custom", c)
		}
		var field *env.FieldError
		if !errors.As(err, &field) {
			t.Errorf("%s: %v, want a FieldError", test.config, err)
			continue
		}
		if field.Field != test.field || field.Value == "" || !strings.Contains(field.Remedy, test.remedy) {
			t.Errorf("%s: %+v, want field %s and remedy ...%s...", test.config, *field, test.field, test.remedy)
		}
	}
}

// TestConfigRoundTrip makes the same environment from the configuration that a
// spec shows.
func TestConfigRoundTrip(t *testing.T) {
	for _, test := range []struct{ scenario, config string }{
		{"abr/train", ""},
		{"abr/ood3", `{"observation": {"layout": "dict", "history": 9}, "qoe": {"kind": "hd"}}`},
		{"abr/custom", uploads},
		{"abr/fit", randomised},
		{"abr/custom", `{"player": {"rtt_ms": 0, "drain_quantum_ms": 0}, "qoe": {"smoothness_penalty": 0}}`},
	} {
		first := openFactory(t, "", test.scenario, test.config).Spec()
		again := openFactory(t, "", test.scenario, string(first.Config)).Spec()
		if again.ContentHash != first.ContentHash || string(again.Config) != string(first.Config) {
			t.Errorf("%s %s: made again from its config it is another environment", test.scenario, test.config)
		}
		var reordered any
		if err := json.Unmarshal(first.Config, &reordered); err != nil {
			t.Fatal(err)
		}
		text, _ := json.Marshal(reordered)
		if other := openFactory(t, "", test.scenario, string(text)).Spec(); other.ContentHash != first.ContentHash {
			t.Errorf("%s %s: the order of fields changes the content hash", test.scenario, test.config)
		}
	}
}

// TestContentHash checks what decides results and what does not.
func TestContentHash(t *testing.T) {
	hash := func(scenario, config string) string { return openFactory(t, "", scenario, config).Spec().ContentHash }
	base := hash("abr/train", "")
	same := []string{`{}`, `{"max_steps": 0}`, `{"player": {"rtt_ms": 80, "chunks": 48}}`, `{"observation": {"history": 6}}`,
		`{"future": {}, "randomise": {"videos": {"seed": 3}}, "generator": {"min_mbps": [0, 1]}}`}
	for _, config := range same {
		if hash("abr/train", config) != base {
			t.Errorf("%s changes the content hash", config)
		}
	}
	seen := map[string]string{base: "the scenario itself"}
	for _, config := range []string{
		`{"player": {"rtt_ms": 81}}`, `{"player": {"profile": "default"}}`, `{"player": {"noise_high": 1.2}}`,
		`{"qoe": {"rebuffer_penalty": 10}}`, `{"observation": {"history": 8}}`, `{"observation": {"layout": "dict"}}`,
		`{"first_chunk": "agent"}`, `{"selection": "sequential"}`, `{"max_steps": 5}`,
		`{"skip_dead": true}`, `{"future": {"windows_s": [1]}}`, `{"future": {"windows_s": [2]}}`,
		`{"randomise": {"videos": {"generated": 1}}}`, `{"randomise": {"videos": {"generated": 1, "seed": 1}}}`, `{"randomise": {"bandwidth": {"variants": 1}}}`,
		`{"generator": {"traces": 2}}`, `{"generator": {"traces": 2, "interval_s": [5, 6]}}`,
		`{"traces": [{"name": "x", "times_s": [0, 1], "bandwidth_mbps": [1, 1]}]}`,
		`{"traces": [{"name": "x", "times_s": [0, 2], "bandwidth_mbps": [1, 1]}]}`,
	} {
		h := hash("abr/train", config)
		if other, ok := seen[h]; ok {
			t.Errorf("%s has the content hash of %s", config, other)
		}
		seen[h] = config
	}
	named := `{"traces": [{"name": "another name", "times_s": [0, 1], "bandwidth_mbps": [1, 1]}]}`
	if _, ok := seen[hash("abr/train", named)]; !ok {
		t.Error("a trace's name changes the content hash")
	}
	sequential := `{"selection": "sequential", "traces": [{"name": "x", "times_s": [0, 1, 2], "bandwidth_mbps": [1, 1, 1]}], "start_pointers": [%s]}`
	if hash("abr/train", strings.Replace(sequential, "%s", "1", 1)) == hash("abr/train", strings.Replace(sequential, "%s", "2", 1)) {
		t.Error("start pointers don't change the content hash")
	}
}

// TestManifest checks what an agent may read of the video.
func TestManifest(t *testing.T) {
	factory := openFactory(t, "", "abr/custom", uploads)
	m, err := abrenv.ParseManifest(factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Videos) != 2 || m.Videos[0].ChunksPlayed != 7 || m.Videos[1].ChunkMs != 4000 || m.Videos[1].SizesBytes[2][1] != 1210000 || m.Traces[1] != "late" {
		t.Errorf("manifest %+v", m)
	}
	if *m.Player.RTTMs != 0 || *m.QoE.RebufferPenalty != 4.3 || m.FirstChunk != abrenv.FirstByAgent {
		t.Errorf("rules in the manifest %+v %+v %s", m.Player, m.QoE, m.FirstChunk)
	}
	if _, err := abrenv.ParseManifest(&env.Spec{ID: "trailblazer/CC-v0"}); err == nil {
		t.Error("another environment has a video manifest")
	}
	choices := factory.Spec().Action.(*env.Discrete).Choices
	if choices[0].Name != "level 0" || choices[1].Name != "900 kbps" {
		t.Errorf("choices %+v", choices)
	}
}
