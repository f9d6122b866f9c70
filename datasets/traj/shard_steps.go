package traj

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// stepBuffer holds the steps of a row group until it is written.
type stepBuffer struct {
	frame   *Frame // without FieldEpisode and FieldPolicy, which are below
	bytes   int
	sources []columnSource

	// episode counts, for each row, the episodes of the group, whose values
	// these are.
	episode                       []int32
	ids, scenarios, hashes, seeds []parquet.Value
	// policy counts, for each row, the names.
	policy []int32
	names  []parquet.Value
	codes  map[string]int32
}

func newStepBuffer(s *Schema) *stepBuffer {
	b := &stepBuffer{frame: s.NewFrame(), codes: map[string]int32{}}
	for i := range s.Fields {
		f := &s.Fields[i]
		switch f.Name {
		case FieldEpisode:
			b.sources = append(b.sources, sharedSource(&b.ids, &b.episode))
		case FieldPolicy:
			b.sources = append(b.sources, sharedSource(&b.names, &b.policy), sharedSource(&b.scenarios, &b.episode),
				sharedSource(&b.hashes, &b.episode), sharedSource(&b.seeds, &b.episode))
		default:
			b.sources = append(b.sources, fieldSources(f, &b.frame.Values[i])...)
		}
	}
	return b
}

// add copies an episode's steps.
func (b *stepBuffer) add(e *Episode) error {
	codes, err := b.policies(e)
	if err != nil {
		return err
	}
	for i, p := range Of[int32](e.Steps.Find(FieldPolicy)) {
		if len(e.Policies) == 0 {
			p = 0
		}
		if p < 0 || int(p) >= len(codes) {
			b.policy = b.policy[:len(b.policy)-i]
			return fmt.Errorf("episode %d: policy of step %d is number %d: the episode names %d", e.ID, i, p, len(codes))
		}
		b.policy = append(b.policy, codes[p])
	}
	at := int32(len(b.ids))
	for range e.Steps.Rows {
		b.episode = append(b.episode, at)
	}
	b.ids = append(b.ids, parquet.Int64Value(e.ID))
	b.scenarios = append(b.scenarios, textValue(e.Scenario))
	b.hashes = append(b.hashes, textValue(e.ScenarioHash))
	b.seeds = append(b.seeds, seedValue(&e.Header))
	for i, f := range b.frame.Fields {
		if f.Name != FieldEpisode && f.Name != FieldPolicy {
			b.frame.Values[i].appendRows(&e.Steps.Values[i], f.Leaf.RowBytes(), 0, e.Steps.Rows)
		}
	}
	b.frame.Rows += e.Steps.Rows
	b.bytes += e.Steps.bytes()
	return nil
}

// policies returns the codes of the names that an episode counts.
func (b *stepBuffer) policies(e *Episode) ([]int32, error) {
	names := policyNames(e)
	codes := make([]int32, len(names))
	for i, name := range names {
		code, known := b.codes[name]
		if !known {
			code = int32(len(b.names))
			b.codes[name] = code
			b.names = append(b.names, textValue(name))
		}
		codes[i] = code
	}
	return codes, nil
}

// policyNames lists the names that FieldPolicy counts.
func policyNames(e *Episode) []string {
	if len(e.Policies) == 0 {
		return []string{e.Policy}
	}
	return e.Policies
}

func (b *stepBuffer) reset() {
	b.frame.Reset()
	b.bytes = 0
	b.episode, b.policy = b.episode[:0], b.policy[:0]
	b.ids, b.scenarios, b.hashes, b.seeds = b.ids[:0], b.scenarios[:0], b.hashes[:0], b.seeds[:0]
}

func textValue(s string) parquet.Value { return parquet.ByteArrayValue([]byte(s)) }

func seedValue(h *Header) parquet.Value {
	if !h.Seeded {
		return parquet.NullValue().Level(0, 0, 0)
	}
	return parquet.Int64Value(int64(h.Seed)).Level(0, 1, 0)
}

// bytes is the memory that a frame's values take.
func (f *Frame) bytes() int {
	n := 0
	for i := range f.Values {
		n += len(f.Values[i].Data) + 8*len(f.Values[i].Offsets)
	}
	return n
}
