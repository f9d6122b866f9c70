package traj

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func testSchema(t testing.TB, labels Labels) *Schema {
	t.Helper()
	schema, err := NewSchema(testSpec(), labels)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func parseEpisode(schema *Schema, id int64, text []byte) (*Episode, error) {
	e := schema.newEpisode()
	return e, e.parse(schema, id, text)
}

func TestEpisodeCodec(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	schema := testSchema(t, Labels{Expert: "oracle", Value: true, Advantage: true})
	for id := range int64(50) {
		e := drawEpisode(random, schema, 1+random.IntN(20))
		text := appendEpisode(nil, e)
		e.seal(id)
		read, err := parseEpisode(schema, id, text)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		requireSame(t, read, e)
		for range 20 {
			if read, err := parseEpisode(schema, id, text[:random.IntN(len(text))]); err == nil {
				t.Fatalf("seed %d: an episode cut short was read: %+v", seed, read.Header)
			}
		}
		if _, err := parseEpisode(schema, id, append(text, 0)); err == nil || !strings.Contains(err.Error(), "after its end") {
			t.Errorf("a longer text: %v", err)
		}
	}
}

// requireSame fails unless two episodes are equal to the bit, but for where
// they lie.
func requireSame(t testing.TB, got, want *Episode) {
	t.Helper()
	a, b := got.Header, want.Header
	a.Shard, a.Group, a.Row, b.Shard, b.Group, b.Row = 0, 0, 0, 0, 0, 0
	a.Split, b.Split = "", ""
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("header\n%+v, want\n%+v", a, b)
	}
	if !bytes.Equal(got.Start, want.Start) || (got.Start == nil) != (want.Start == nil) {
		t.Fatalf("start %q, want %q", got.Start, want.Start)
	}
	name := func(e *Episode, p int32) string {
		if len(e.Policies) == 0 {
			return e.Policy
		}
		return e.Policies[p]
	}
	for _, part := range []struct {
		name      string
		got, want *Frame
	}{{"steps", got.Steps, want.Steps}, {"initial", got.Initial, want.Initial}, {"final", got.Final, want.Final}} {
		if part.got.Rows != part.want.Rows || len(part.got.Fields) != len(part.want.Fields) {
			t.Fatalf("%s: %d rows of %d fields, want %d of %d", part.name, part.got.Rows, len(part.got.Fields), part.want.Rows, len(part.want.Fields))
		}
		for i, f := range part.want.Fields {
			g, w := &part.got.Values[i], &part.want.Values[i]
			if f.Name == FieldPolicy {
				for k, p := range Of[int32](w) {
					if name(got, Of[int32](g)[k]) != name(want, p) {
						t.Fatalf("policy of step %d differs", k)
					}
				}
				continue
			}
			if !bytes.Equal(g.Data, w.Data) || !reflect.DeepEqual(g.Offsets, w.Offsets) {
				t.Fatalf("%s.%s is %v %v, want %v %v", part.name, f.Name, g.Data, g.Offsets, w.Data, w.Offsets)
			}
		}
	}
}

func TestEpisodeRefused(t *testing.T) {
	schema := testSchema(t, Labels{})
	other := testSpec()
	other.Info.Entries = other.Info.Entries[:2]
	fewer, err := NewSchema(other, Labels{})
	if err != nil {
		t.Fatal(err)
	}
	values := func(e *Episode, name string) *Values { return e.Steps.Find(name) }
	for _, c := range []struct {
		want  string
		spoil func(e *Episode)
	}{
		{"steps is empty", func(e *Episode) { e.Steps = nil }},
		{"steps is empty", func(e *Episode) { e.Steps = schema.NewFrame() }},
		{"policy is empty", func(e *Episode) { e.Policy = "" }},
		{`source is "\xff"`, func(e *Episode) { e.Source = "\xff" }},
		{"reset_options is \"7\"", func(e *Episode) { e.ResetOptions = []byte("7") }},
		{"initial is missing", func(e *Episode) { e.Initial = nil }},
		{"final is 2 rows", func(e *Episode) { e.Final.AppendRows(e.Final, 0, 1); e.Final.Rows = 2 }},
		{"steps is of 12 fields", func(e *Episode) { e.Steps.Fields = e.Steps.Fields[:12] }},
		{`steps is "observation.history" (float32 [2 3]): the data set has "episode"`, func(e *Episode) { e.Steps.Fields[0] = e.Steps.Fields[4] }},
		{"steps.action is 79 bytes long: give 8 bytes for each of 10 rows", func(e *Episode) { v := values(e, "action"); v.Data = v.Data[:79] }},
		{"steps.observation.dag.nodes is cut by 10 offsets", func(e *Episode) {
			v := values(e, "observation.dag.nodes")
			v.Offsets = v.Offsets[:10]
		}},
		{"steps.observation.dag.nodes is cut by 11 offsets", func(e *Episode) { values(e, "observation.dag.nodes").Offsets[3] = -1 }},
		{"steps.observation.dag.nodes is", func(e *Episode) { values(e, "observation.dag.nodes").Offsets[10] = math.MaxInt64 }},
		{"steps.explored[4] is 2: give 0 or 1", func(e *Episode) { values(e, "explored").Data[4] = 2 }},
		{"reward[3] is NaN: give a finite number", func(e *Episode) { Of[float64](values(e, "reward"))[3] = math.NaN() }},
		{"return is +Inf", func(e *Episode) {
			r := Of[float64](values(e, "reward"))
			r[0], r[1] = math.MaxFloat64, math.MaxFloat64
		}},
		{"step[2] is 7: count", func(e *Episode) { Of[int32](values(e, "step"))[2] = 7 }},
		{"policy[9] is -1: give an index", func(e *Episode) { Of[int32](values(e, "policy"))[9] = -1 }},
		{`policies[1] is empty`, func(e *Episode) { e.Policies = []string{"a", ""} }},
		{`policies[0] is "a\rb": leave out the control character U+000D`, func(e *Episode) { e.Policies = []string{"a\rb", "b"} }},
		{`policies[1] is "\xff"`, func(e *Episode) { e.Policies = []string{"a", "\xff"} }},
		{`policy is "\x1b[31mred": leave out the control character U+001B`, func(e *Episode) { e.Policy = "\x1b[31mred" }},
		{`policy is "a\u202eb": leave out`, func(e *Episode) { e.Policy = "a\u202eb" }},
		{`scenario is "one\ntwo"`, func(e *Episode) { e.Scenario = "one\ntwo" }},
		{`source is "\u009b2J"`, func(e *Episode) { e.Source = "\u009b2J" }},
		{`scenario_hash is "a\x00"`, func(e *Episode) { e.ScenarioHash = "a\x00" }},
		{"terminated[8] is true: end the episode there: 1 more steps follow", func(e *Episode) { values(e, "terminated").Data[8] = 1 }},
		{"steps is of 15 fields", func(e *Episode) { e.Steps = drawEpisode(rand.New(rand.NewPCG(1, 1)), fewer, 10).Steps }},
	} {
		e := drawEpisode(rand.New(rand.NewPCG(1, 1)), schema, 10)
		if err := schema.check(e); err != nil {
			t.Fatal(err)
		}
		c.spoil(e)
		if err := schema.check(e); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

// FuzzParseEpisode checks that bytes which are read as an episode are those
// that it is written as.
func FuzzParseEpisode(f *testing.F) {
	schema := testSchema(f, Labels{})
	random := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		f.Add(appendEpisode(nil, drawEpisode(random, schema, 1+random.IntN(4))))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := parseEpisode(schema, 7, text)
		if err != nil {
			return
		}
		again, err := parseEpisode(schema, 7, appendEpisode(nil, e))
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, again, e)
	})
}
