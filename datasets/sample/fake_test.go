package sample

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// fake is a data set in memory, whose every value tells its episode and step.
type fake struct {
	schema  *traj.Schema
	headers []traj.Header
	shards  []traj.Shard
	frames  [][]*traj.Frame // by shard and row group

	reads atomic.Int64
	// broken, where set, makes reading a row group fail.
	broken atomic.Pointer[[2]int]
}

var errBroken = errors.New("the file is broken")

func (f *fake) Schema() *traj.Schema            { return f.schema }
func (f *fake) Shards() []traj.Shard            { return f.shards }
func (f *fake) Headers() ([]traj.Header, error) { return f.headers, nil }
func (f *fake) Policies() []string {
	var names []string
	for i := range f.shards {
		names = append(names, f.shards[i].Policies...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// GroupBytes implements files.
func (f *fake) GroupBytes(shard, group, field int) int {
	v := &f.frames[shard][group].Values[field]
	return len(v.Data) + 8*len(v.Offsets)
}

// ReadGroup implements files: policies are numbered as the set's are.
func (f *fake) ReadGroup(shard, group int, dst *traj.Frame) error {
	f.reads.Add(1)
	if at := f.broken.Load(); at != nil && *at == [2]int{shard, group} {
		return errBroken
	}
	src := f.frames[shard][group]
	dst.Reset()
	dst.Rows = src.Rows
	for i, field := range dst.Fields {
		v := src.Find(field.Name)
		dst.Values[i].Data = append(dst.Values[i].Data, v.Data...)
		if v.Offsets != nil {
			dst.Values[i].Offsets = append(dst.Values[i].Offsets[:0], v.Offsets...)
		}
	}
	if codes := traj.Of[int32](dst.Find(traj.FieldPolicy)); codes != nil {
		row := 0
		for i := range f.headers {
			if h := &f.headers[i]; h.Shard == shard && h.Group == group {
				for range h.Steps {
					codes[row] = int32(slices.Index(f.Policies(), h.Policy))
					row++
				}
			}
		}
	}
	return nil
}

func fakeSchema(t testing.TB) *traj.Schema {
	t.Helper()
	low, high := []float64{math.Inf(-1)}, []float64{math.Inf(1)}
	spec := &env.Spec{ID: "test/Fake-v0", RewardLow: -1, RewardHigh: 1,
		Observation: &env.Dict{Entries: []env.Entry{
			{Key: "place", Space: &env.Box{DType: env.Float32, Shape: []int{2}, Low: low, High: high}},
			{Key: "seen", Space: &env.Sequence{Element: &env.Box{DType: env.Int8, Shape: []int{3}, Low: []float64{-128}, High: []float64{127}}}},
		}},
		Action: &env.Discrete{N: 4},
		Info:   &env.Dict{},
	}
	schema, err := traj.NewSchema(spec, traj.Labels{})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// newFake makes shards of row groups of episodes of the given numbers of steps.
func newFake(t testing.TB, shards [][][]int) *fake {
	f := &fake{schema: fakeSchema(t)}
	for s, groups := range shards {
		f.shards = append(f.shards, traj.Shard{ShardInfo: traj.ShardInfo{Name: fmt.Sprintf("train-%05d", s), Split: "train"}})
		f.frames = append(f.frames, nil)
		for g, episodes := range groups {
			frame := f.schema.NewFrame()
			shard := &f.shards[s]
			for _, steps := range episodes {
				id := len(f.headers)
				f.headers = append(f.headers, traj.Header{ID: int64(id), Policy: policyOf(id), Scenario: "fake", ScenarioHash: "f00d", Split: "train",
					Complete: id%3 > 0, Steps: steps, Return: float64(id), Shard: s, Group: g, Row: frame.Rows})
				for step := range steps {
					appendStep(frame, id, step)
				}
				shard.Episodes++
				if name := policyOf(id); !slices.Contains(shard.Policies, name) {
					shard.Policies = append(shard.Policies, name)
				}
				shard.Steps += steps
			}
			shard.Groups = append(shard.Groups, traj.Group{Rows: frame.Rows, Episodes: len(episodes)})
			f.frames[s] = append(f.frames[s], frame)
		}
	}
	return f
}

// policyOf says who plays an episode.
func policyOf(id int) string { return []string{"good", "bad", "good", "bad", "able"}[id%5] }

// appendStep appends a step whose values follow from its place.
func appendStep(f *traj.Frame, episode, step int) {
	for i, field := range f.Fields {
		v := &f.Values[i]
		if field.Leaf.Ragged {
			rows := (episode + step) % 4
			for r := range rows {
				v.Data = append(v.Data, byte(episode), byte(step), byte(r))
			}
			v.Offsets = append(v.Offsets, v.Offsets[len(v.Offsets)-1]+int64(rows))
			continue
		}
		value := make([]byte, 16)
		binary.LittleEndian.PutUint64(value, uint64(episode<<20|step<<4|i))
		switch field.Name {
		case traj.FieldEpisode:
			binary.LittleEndian.PutUint64(value, uint64(episode))
		case traj.FieldStep:
			binary.LittleEndian.PutUint32(value, uint32(step))
		}
		v.Data = append(v.Data, value[:field.Leaf.RowBytes()]...)
	}
	f.Rows++
}

// drawn draws a data set.
func drawn(t testing.TB, random *rand.Rand) *fake {
	shards := make([][][]int, 1+random.IntN(3))
	for s := range shards {
		shards[s] = make([][]int, 1+random.IntN(4))
		for g := range shards[s] {
			shards[s][g] = make([]int, 1+random.IntN(5))
			for e := range shards[s][g] {
				shards[s][g][e] = 1 + random.IntN(12)
			}
		}
	}
	return newFake(t, shards)
}

// drawnQuery draws a query that selects something of a data set, as a rule.
func drawnQuery(random *rand.Rand) Query {
	q := Query{BatchSize: 1 + random.IntN(6), Epochs: random.IntN(4), Shuffle: random.IntN(3) > 0, Seed: random.Uint64(), DropLast: random.IntN(2) == 0}
	if random.IntN(3) > 0 {
		q.Window = 1 + random.IntN(6)
		q.Stride = random.IntN(8)
	}
	if random.IntN(4) > 0 {
		q.PoolSteps = 1 + random.IntN(60)
	}
	if random.IntN(3) == 0 {
		q.Filter.Policies = []string{"good"}
	}
	if random.IntN(3) == 0 {
		q.Filter.CompleteOnly = true
	}
	if random.IntN(2) == 0 {
		q.Fields = []string{traj.FieldReward, "observation.seen", traj.FieldEpisode}
	}
	q.Workers = 1 + random.IntN(3)
	q.Worker = random.IntN(q.Workers)
	return q
}
