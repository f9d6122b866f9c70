package abrenv

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"trailblazer/abrsim"
	"trailblazer/api/env"
	"trailblazer/datasets/trace"
	"trailblazer/internal/jsonconfig"
)

// stepCost is about what a step takes.
const stepCost = 100 * time.Nanosecond

func (f *Factory) newSpec(scenario string) (*env.Spec, error) {
	metadata, err := json.Marshal(f.manifest())
	if err != nil {
		return nil, fmt.Errorf("abrenv: write the manifest: %w", err)
	}
	spec := &env.Spec{
		ID: ID, Scenario: scenario,
		Observation: f.layout.space(), Action: f.actionSpace(), Info: infoSpace(f.config.Future),
		MaxEpisodeSteps: f.longestEpisode(),
		Episodes:        len(f.episodes),
		Config:          jsonconfig.Encode(f.config),
		Metadata:        metadata,
		StepCost:        stepCost,
	}
	spec.RewardLow, spec.RewardHigh = f.rewardBounds()
	spec.DataHashes = f.dataHashes()
	spec.ContentHash = f.contentHash(spec.DataHashes)
	return spec, nil
}

func (f *Factory) actionSpace() *env.Discrete {
	levels := f.movies[0].levels
	d := &env.Discrete{N: int64(levels), Choices: make([]env.Feature, levels)}
	for level := range levels {
		kbps := f.data.Videos[0].BitratesKbps[level]
		same := true
		for i := range f.data.Videos {
			same = same && f.data.Videos[i].BitratesKbps[level] == kbps
		}
		d.Choices[level] = env.Feature{Name: fmt.Sprintf("%d kbps", kbps), Unit: "level", Description: "download the next chunk at this bitrate"}
		if !same {
			d.Choices[level].Name = fmt.Sprintf("level %d", level)
			d.Choices[level].Description = "download the next chunk at this level of the video's ladder"
		}
	}
	return d
}

func (f *Factory) manifest() *Manifest {
	m := &Manifest{Player: f.config.Player, QoE: f.config.QoE, FirstChunk: f.config.FirstChunk}
	for i, v := range f.data.Videos {
		m.Videos = append(m.Videos, VideoManifest{Name: v.Name, BitratesKbps: v.BitratesKbps, ChunkMs: v.ChunkMs,
			ChunksPlayed: f.movies[i].chunks, SizesBytes: v.SizesBytes})
	}
	for i := range f.data.Traces {
		m.Traces = append(m.Traces, f.data.Traces[i].Name)
	}
	return m
}

// dataHashes hashes traces, videos and, where they count, start pointers.
func (f *Factory) dataHashes() map[string]string {
	videos := sha256.New()
	for _, v := range f.data.Videos {
		digest := trace.HashVideo(v)
		videos.Write(digest[:])
	}
	hashes := map[string]string{
		"traces": trace.HashTraces(f.data.Traces).String(),
		"videos": hex.EncodeToString(videos.Sum(nil)),
	}
	if f.config.Selection == SelectSequential {
		hashes["start_pointers"] = trace.HashPointers(f.data.StartPointers).String()
	}
	return hashes
}

// contentHash hashes the rules and the hashes of the data. Where data came
// from, and what it is called, does not count.
func (f *Factory) contentHash(data map[string]string) string {
	c := &f.config
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", ID, jsonconfig.Encode(rules{
		Player: c.Player, QoE: c.QoE, Observation: c.Observation, FirstChunk: c.FirstChunk, Selection: c.Selection, MaxSteps: c.MaxSteps}))
	for _, part := range []string{"traces", "videos", "start_pointers"} {
		fmt.Fprintf(sum, "%s %s\n", part, data[part])
	}
	// What is off leaves no mark. Videos and traces that are added are among
	// the data.
	if len(c.Future.WindowsS) > 0 {
		fmt.Fprintf(sum, "future %s\n", jsonconfig.Encode(c.Future))
	}
	if c.SkipDead {
		fmt.Fprintln(sum, "skip_dead")
	}
	if c.Generator.Traces > 0 {
		fmt.Fprintf(sum, "generator %s\n", jsonconfig.Encode(c.Generator))
	}
	if f.own < len(f.data.Videos) {
		fmt.Fprintf(sum, "own videos %d\n", f.own)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// rules are what a content hash covers of every config. Fields of configs that
// came later are hashed apart, so that hashes stay what they were; those that
// are empty here once held data.
type rules struct {
	Player        abrsim.Config     `json:"player"`
	QoE           abrsim.QoEConfig  `json:"qoe"`
	Observation   ObservationConfig `json:"observation"`
	FirstChunk    FirstChunk        `json:"first_chunk"`
	Selection     Selection         `json:"selection"`
	MaxSteps      int               `json:"max_steps"`
	Traces        []trace.Trace     `json:"traces"`
	StartPointers []int             `json:"start_pointers"`
	Videos        []trace.Video     `json:"videos"`
}
