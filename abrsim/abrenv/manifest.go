package abrenv

import (
	"encoding/json"
	"fmt"

	"trailblazer/abrsim"
	"trailblazer/api/env"
)

// Manifest is what an agent may know beyond its observations: what a real
// player reads from a video's manifest, and the rules it plays by. It is the
// metadata of the spec.
type Manifest struct {
	Videos []VideoManifest `json:"videos"`
	// Traces are the traces' names; the info "trace" is an index into them.
	Traces []string `json:"traces"`
	// Player and QoE have all defaults filled in.
	Player abrsim.Config    `json:"player"`
	QoE    abrsim.QoEConfig `json:"qoe"`
	// FirstChunk is "agent" or "forced".
	FirstChunk FirstChunk `json:"first_chunk"`
}

// VideoManifest describes one video.
type VideoManifest struct {
	Name string `json:"name"`
	// BitratesKbps is the ladder, lowest first.
	BitratesKbps []int `json:"bitrates_kbps"`
	ChunkMs      int   `json:"chunk_ms"`
	// ChunksPlayed is at most the number of chunks in SizesBytes.
	ChunksPlayed int `json:"chunks_played"`
	// SizesBytes[level][chunk] holds all chunks of the file.
	SizesBytes [][]int `json:"sizes_bytes"`
}

// ParseManifest reads the manifest of an environment's spec.
func ParseManifest(spec *env.Spec) (*Manifest, error) {
	if spec.ID != ID {
		return nil, fmt.Errorf("abrenv: environment %s has no video manifest; use %s", spec.ID, ID)
	}
	m := new(Manifest)
	if err := json.Unmarshal(spec.Metadata, m); err != nil {
		return nil, fmt.Errorf("abrenv: metadata is no manifest: %w", err)
	}
	if len(m.Videos) == 0 {
		return nil, fmt.Errorf("abrenv: the manifest has no videos")
	}
	return m, nil
}
