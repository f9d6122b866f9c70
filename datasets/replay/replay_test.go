package replay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/ccemu/ccenv"
	"trailblazer/datasets/record"
	"trailblazer/datasets/replay"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testcc"
	"trailblazer/internal/testcjs"
	"trailblazer/internal/testenv"
	"trailblazer/sparksim/sparkenv"
)

// act chooses an action for one environment.
type act func(in *env.Batch, row int, action env.Arrays, random *rand.Rand)

func sample(_ *env.Batch, row int, action env.Arrays, random *rand.Rand) {
	env.Sample(action, row, random)
}

// create makes a data set for a spec.
func create(t testing.TB, dir string, spec *env.Spec) *traj.Writer {
	t.Helper()
	w, err := traj.Create(dir, spec, traj.Labels{}, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// drive steps a vector at random, with resets and restores in between, and
// tells a recording of it, if there is one.
func drive(t testing.TB, v env.Vector, recording env.Recording, act act, steps int) {
	t.Helper()
	n := v.Len()
	random := rand.New(rand.NewPCG(1, 2))
	action := env.NewArrays(env.Leaves(v.Spec().Action), n)
	var shown *env.Batch
	reset := func(o env.ResetOptions) {
		t.Helper()
		var err error
		if shown, err = v.Reset(o); err != nil {
			t.Fatal(err)
		}
		if recording != nil {
			recording.Reset(&o, shown)
		}
	}
	reset(env.ResetOptions{Seeds: []uint64{7}})
	var saved []byte
	for step := range steps {
		mask := make([]bool, n)
		for i := range mask {
			mask[i] = v.Autoreset() == env.Disabled && shown.Done(i) || step%17 == 11 && i == 1
		}
		if slices.Contains(mask, true) {
			reset(env.ResetOptions{Mask: mask})
		}
		var err error
		switch {
		case step%23 == 5 && !slices.Contains(shown.Terminated, true) && !slices.Contains(shown.Truncated, true):
			if saved, err = v.Snapshot(); err != nil {
				t.Fatal(err)
			}
		case step%23 == 9 && saved != nil:
			if shown, err = v.Restore(saved); err != nil {
				t.Fatal(err)
			}
			if recording != nil {
				recording.Restore(shown)
			}
		}
		for i := range n {
			if !shown.Done(i) || v.Autoreset() == env.SameStep {
				act(shown, i, action, random)
			}
		}
		out, err := v.Step(action)
		if err != nil {
			t.Fatal(err)
		}
		if recording != nil {
			recording.Step(action, out)
		}
		shown = &out.Batch
	}
}

// into records into a writer.
func into(w *traj.Writer) *record.Recorder {
	return record.New(func(string, string, *env.Spec) (record.Writer, func(), error) { return w, func() {}, nil })
}

// recorded makes a data set of a vector that is driven at random.
func recorded(t testing.TB, factory env.Factory, n int, mode env.AutoresetMode, act act, steps int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "set")
	w := create(t, dir, factory.Spec())
	v, err := vector.New(factory, n, mode, nil)
	if err != nil {
		t.Fatal(err)
	}
	recording, err := into(w).Record(v, env.RecordOptions{Dataset: "d", Source: t.Name()})
	if err != nil {
		t.Fatal(err)
	}
	drive(t, v, recording, act, steps)
	if err := recording.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t testing.TB, dir string) *traj.Set {
	t.Helper()
	set, err := traj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	return set
}

func verify(t testing.TB, set *traj.Set, c env.Catalog, o replay.Options) *replay.Result {
	t.Helper()
	result, err := replay.Verify(t.Context(), set, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// wantExact fails unless all episodes of a data set are exact, and there are
// some of each kind.
func wantExact(t testing.TB, set *traj.Set, c env.Catalog) {
	t.Helper()
	result := verify(t, set, c, replay.Options{})
	if result.Exact != result.Selected || result.Played != result.Selected || len(result.Differences) > 0 {
		t.Fatalf("%+v", result)
	}
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, h := range headers {
		kinds[fmt.Sprintf("seeded %v", h.Seeded)]++
		kinds[fmt.Sprintf("complete %v", h.Complete)]++
	}
	if len(kinds) != 4 {
		t.Errorf("%d episodes of kinds %v: want all four", len(headers), kinds)
	}
}

func TestEveryEnvironmentIsExact(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		id, scenario, config string
		act                  act
		steps                int
	}{
		{abrenv.ID, "abr/train", `{}`, sample, 110},
		{abrenv.ID, "abr/default-test", `{"observation": {"layout": "dict"}}`, sample, 60},
		{sparkenv.ID, "cjs/custom", `{"arrivals": {"jobs": 3}}`, testcjs.Act, 150},
		{ccenv.ID, "cc/train", `{"max_steps": 12}`, testcc.Act, 30},
		{ccenv.ID, "cc/train", `{"max_steps": 12, "flows": 2, "packets": true, "probes": true}`, testcc.Act, 30},
	} {
		for _, mode := range []env.AutoresetMode{env.NextStep, env.SameStep, env.Disabled} {
			t.Run(test.scenario+"/"+mode.String(), func(t *testing.T) {
				factory, err := c.Factory(test.id, test.scenario, json.RawMessage(test.config))
				if err != nil {
					t.Fatal(err)
				}
				wantExact(t, open(t, recorded(t, factory, 3, mode, test.act, test.steps)), c)
			})
		}
	}
}

func walks(t testing.TB) (*testenv.Catalog, env.Factory) {
	t.Helper()
	c := &testenv.Catalog{}
	factory, err := c.Factory(testenv.Walk, "", json.RawMessage(`{"steps": 6}`))
	if err != nil {
		t.Fatal(err)
	}
	return c, factory
}

// changed copies a data set with one episode changed.
func changed(t testing.TB, set *traj.Set, spec *env.Spec, id int64, change func(*traj.Episode)) *traj.Set {
	t.Helper()
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "changed")
	w := create(t, dir, spec)
	for i := range headers {
		e, err := set.Episode(&headers[i])
		if err != nil {
			t.Fatal(err)
		}
		if e.ID == id {
			change(e)
		}
		if _, err := w.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, dir)
}

// pick finds an episode.
func pick(t testing.TB, set *traj.Set, suits func(*traj.Header) bool) int64 {
	t.Helper()
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(headers, func(h traj.Header) bool { return suits(&h) })
	if at < 0 {
		t.Fatalf("none of %d episodes will do", len(headers))
	}
	return headers[at].ID
}

// TestTamperedCellsAreFound: each at its step and column.
func TestTamperedCellsAreFound(t *testing.T) {
	c, factory := walks(t)
	set := open(t, recorded(t, factory, 2, env.NextStep, sample, 20))
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	const step = 3
	id := pick(t, set, func(h *traj.Header) bool { return h.Complete && !h.Seeded && h.Steps == 6 })
	h := &headers[id]
	for _, test := range []struct {
		column             string
		step               int
		recorded, replayed string
		change             func(*traj.Episode)
	}{
		{"observation.position.y", step, "1.5", "", func(e *traj.Episode) {
			traj.Of[float64](e.Steps.Find("observation.position"))[2*step+1] = 1.5
		}},
		{"observation.last", step, "3", "", func(e *traj.Episode) {
			traj.Of[int64](e.Steps.Find("observation.last"))[step] = 3
		}},
		{"observation.flags.1", step, "", "", func(e *traj.Episode) {
			v := traj.Of[int8](e.Steps.Find("observation.flags"))
			v[3*step+1] ^= 1
		}},
		{"reward", step, "0.125", "", func(e *traj.Episode) {
			traj.Of[float64](e.Steps.Find("reward"))[step] = 0.125
		}},
		{"info.steps", step, "77", "4", func(e *traj.Episode) {
			traj.Of[int64](e.Steps.Find("info.steps"))[step] = 77
		}},
		{"info.even", step, "false", "true", func(e *traj.Episode) {
			traj.Of[bool](e.Steps.Find("info.even"))[step] = false
		}},
		{"terminated", h.Steps - 1, "false", "true", func(e *traj.Episode) {
			traj.Of[bool](e.Steps.Find("terminated"))[h.Steps-1] = false
		}},
		{"initial.info.steps", 0, "1", "0", func(e *traj.Episode) {
			traj.Of[int64](e.Initial.Find("info.steps"))[0] = 1
		}},
		{"final.observation.position.x", h.Steps - 1, "NaN", "", func(e *traj.Episode) {
			traj.Of[float64](e.Final.Find("observation.position"))[0] = math.NaN()
		}},
		// The first one counts.
		{"observation.last", 1, "3", "", func(e *traj.Episode) {
			traj.Of[int64](e.Steps.Find("info.steps"))[step] = 77
			traj.Of[int64](e.Steps.Find("info.steps"))[1] = 77
			traj.Of[int64](e.Steps.Find("observation.last"))[1] = 3
			traj.Of[int64](e.Final.Find("observation.last"))[0] = 3
		}},
		{"start", 0, "3 bytes", "refused: ", func(e *traj.Episode) { e.Start = []byte("abc") }},
	} {
		t.Run(test.column, func(t *testing.T) {
			result := verify(t, changed(t, set, factory.Spec(), id, test.change), c, replay.Options{})
			if len(result.Differences) != 1 || result.Different != (replay.Count{Episodes: 1, Steps: h.Steps}) || result.Exact.Episodes != len(headers)-1 {
				t.Fatalf("%+v", result)
			}
			d := result.Differences[0]
			if d.Episode != id || d.Source != h.Source || d.Policy != "external" || d.Scenario != "test/default" || d.Shard != "train-00000" {
				t.Errorf("difference of %+v", d)
			}
			if d.Step != test.step || d.Column != test.column {
				t.Errorf("step %d, column %s; want step %d, column %s", d.Step, d.Column, test.step, test.column)
			}
			if test.recorded != "" && d.Recorded != test.recorded || !strings.HasPrefix(d.Replayed, test.replayed) || d.Recorded == d.Replayed {
				t.Errorf("recorded %s, replayed %s; want %s and %s", d.Recorded, d.Replayed, test.recorded, test.replayed)
			}
		})
	}
}

// lengthened adds an element to a ragged field's row.
func lengthened(v *traj.Values, row, rowBytes int) {
	at := v.Offsets[row+1] * int64(rowBytes)
	v.Data = slices.Insert(v.Data, int(at), make([]byte, rowBytes)...)
	for i := row + 1; i < len(v.Offsets); i++ {
		v.Offsets[i]++
	}
}

func TestTamperedLists(t *testing.T) {
	c, factory := walks(t)
	set := open(t, recorded(t, factory, 2, env.SameStep, sample, 20))
	id := pick(t, set, func(h *traj.Header) bool { return h.Complete && h.Steps >= 6 })
	longer := changed(t, set, factory.Spec(), id, func(e *traj.Episode) {
		lengthened(e.Steps.Find("observation.seen"), 2, 8)
	})
	d := verify(t, longer, c, replay.Options{}).Differences
	if len(d) != 1 || d[0].Step != 2 || d[0].Column != "observation.seen" || !strings.HasSuffix(d[0].Recorded, " rows") || d[0].Recorded == d[0].Replayed {
		t.Errorf("a longer list: %+v", d)
	}
	step, row := -1, 0 // The last inner row of the last step that has one.
	other := changed(t, set, factory.Spec(), id, func(e *traj.Episode) {
		v := e.Steps.Find("observation.seen")
		for i := range e.Header.Steps {
			if v.Offsets[i+1] > v.Offsets[i] {
				step, row = i, int(v.Offsets[i+1]-v.Offsets[i]-1)
			}
		}
		traj.Of[float32](v)[2*(v.Offsets[step+1]-1)+1] = 0.75
	})
	if step < 0 {
		t.Fatal("no step has seen anything")
	}
	d = verify(t, other, c, replay.Options{}).Differences
	if want := fmt.Sprintf("observation.seen.1[%d]", row); len(d) != 1 || d[0].Step != step || d[0].Column != want || d[0].Recorded != "0.75" {
		t.Errorf("another element: %+v, want %s in step %d", d, want, step)
	}
}

func TestOtherActionsAreFound(t *testing.T) {
	c, factory := walks(t)
	set := open(t, recorded(t, factory, 2, env.SameStep, sample, 20))
	id := pick(t, set, func(h *traj.Header) bool { return h.Complete && h.Steps >= 6 })
	pushed := changed(t, set, factory.Spec(), id, func(e *traj.Episode) {
		push := traj.Of[float64](e.Steps.Find("action.push"))
		push[2*2] = -push[2*2]
	})
	if d := verify(t, pushed, c, replay.Options{}).Differences; len(d) != 1 || d[0].Step < 2 || d[0].Step > 3 {
		t.Errorf("another push in step 2: %+v", d)
	}
	illegal := changed(t, set, factory.Spec(), id, func(e *traj.Episode) {
		traj.Of[int64](e.Steps.Find("action.pace"))[4] = 9
	})
	if d := verify(t, illegal, c, replay.Options{}).Differences; len(d) != 1 || d[0].Step != 4 || d[0].Column != "action" || !strings.Contains(d[0].Replayed, "refused: action.pace") {
		t.Errorf("an illegal pace in step 4: %+v", d)
	}
}

// elsewhere is a catalog whose scenario of one configuration has other content,
// and that of another can't be made.
type elsewhere struct {
	*testenv.Catalog
	other, missing string
}

type otherFactory struct {
	env.Factory
	spec env.Spec
}

func (f *otherFactory) Spec() *env.Spec { return &f.spec }

func (c elsewhere) Factory(id, scenario string, config json.RawMessage) (env.Factory, error) {
	factory, err := c.Catalog.Factory(id, scenario, config)
	if err != nil {
		return nil, err
	}
	switch factory.Spec().ContentHash {
	case c.missing:
		return nil, errors.New("there is no such trace")
	case c.other:
		other := &otherFactory{factory, *factory.Spec()}
		other.spec.ContentHash = strings.Repeat("5", 64)
		return other, nil
	}
	return factory, nil
}

// TestOtherContentIsCountedApart: episodes of scenarios that are not here as they
// were recorded prove nothing, and keep nobody from proving the others.
func TestOtherContentIsCountedApart(t *testing.T) {
	c := &testenv.Catalog{}
	dir := filepath.Join(t.TempDir(), "set")
	var w *traj.Writer
	var hashes []string
	for i, config := range []string{`{"steps": 5}`, `{"steps": 6}`, `{"steps": 7}`} {
		factory, err := c.Factory(testenv.Walk, "", json.RawMessage(config))
		if err != nil {
			t.Fatal(err)
		}
		if w == nil {
			w = create(t, dir, factory.Spec())
		} else if err := w.AddScenario(factory.Spec()); err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, factory.Spec().ContentHash)
		v, err := vector.New(factory, 1, env.SameStep, nil)
		if err != nil {
			t.Fatal(err)
		}
		recording, err := into(w).Record(v, env.RecordOptions{Dataset: "d", Source: fmt.Sprint(i)})
		if err != nil {
			t.Fatal(err)
		}
		drive(t, v, recording, sample, 20)
		if err := recording.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	set := open(t, dir)
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]replay.Count{}
	for _, h := range headers {
		n := counts[h.ScenarioHash]
		counts[h.ScenarioHash] = replay.Count{Episodes: n.Episodes + 1, Steps: n.Steps + h.Steps}
	}
	result := verify(t, set, elsewhere{c, hashes[0], hashes[1]}, replay.Options{Act: func(string, env.Factory) (env.Policy, error) {
		return nil, &env.NotFoundError{}
	}})
	if result.Exact != counts[hashes[2]] || result.Exact.Episodes == 0 || len(result.Unverifiable) != 2 || result.Played != result.Selected {
		t.Fatalf("%+v", result)
	}
	for i, want := range [][]string{{hashes[0][:12], "555555555555", "--data", "version"}, {hashes[1][:12], "there is no such trace"}} {
		u := result.Unverifiable[i]
		if u.Count != counts[hashes[i]] || !u.Elsewhere {
			t.Errorf("%+v, want %+v elsewhere", u, counts[hashes[i]])
		}
		for _, text := range want {
			if !strings.Contains(u.Reason, text) {
				t.Errorf("%q lacks %q", u.Reason, text)
			}
		}
	}
	if len(result.Acts.Unasked) != 3 || !result.Acts.Unasked[0].Elsewhere || result.Acts.Unasked[2].Elsewhere {
		t.Errorf("unasked %+v", result.Acts.Unasked)
	}
}

func TestUnverifiableEpisodesAreCountedApart(t *testing.T) {
	c := &testenv.Catalog{}
	factory, err := c.Factory(testenv.Flat, "", json.RawMessage(`{"steps": 4}`))
	if err != nil {
		t.Fatal(err)
	}
	set := open(t, recorded(t, factory, 1, env.SameStep, sample, 16))
	unseeded := pick(t, set, func(h *traj.Header) bool { return h.Complete && !h.Seeded && h.Steps >= 4 })
	seeded := pick(t, set, func(h *traj.Header) bool { return h.Complete && h.Seeded })
	lost := changed(t, set, factory.Spec(), unseeded, func(e *traj.Episode) { e.Start = nil })
	lost = changed(t, lost, factory.Spec(), seeded, func(e *traj.Episode) {
		for _, f := range []*traj.Frame{e.Initial, e.Steps} {
			for i, field := range f.Fields {
				if field.Role == traj.RoleInfo {
					for k := range traj.Of[float64](&f.Values[i]) {
						traj.Of[float64](&f.Values[i])[k] = math.NaN()
					}
				}
			}
		}
	})
	result := verify(t, lost, c, replay.Options{})
	want := []replay.Unverifiable{
		{Reason: "its infos were not recorded", Count: replay.Count{Episodes: 1, Steps: 4}, First: seeded},
		{Reason: "it has neither a seed nor the state that it began in", Count: replay.Count{Episodes: 1, Steps: 4}, First: unseeded},
	}
	if !reflect.DeepEqual(result.Unverifiable, want) || result.Exact.Episodes != result.Selected.Episodes-2 || result.Exact.Steps != result.Selected.Steps-8 || result.Different.Episodes != 0 {
		t.Errorf("%+v", result)
	}
}

func TestSelection(t *testing.T) {
	c, factory := walks(t)
	set := open(t, recorded(t, factory, 3, env.NextStep, sample, 30))
	for _, workers := range []int{1, 4} {
		calls := 0
		result := verify(t, set, c, replay.Options{Episodes: 5, Workers: workers, Progress: func(done, total int) {
			if calls++; done != calls || total != 5 {
				t.Errorf("progress %d of %d in call %d", done, total, calls)
			}
		}})
		if result.Exact.Episodes != 5 || calls != 5 {
			t.Errorf("%d workers, %d calls: %+v", workers, calls, result)
		}
	}
	if _, err := replay.Verify(t.Context(), set, c, replay.Options{Policies: []string{"me"}}); err == nil || !strings.Contains(err.Error(), `has policies ["external"] and scenarios ["test/default"]`) {
		t.Errorf("an unknown policy: %v", err)
	}
	if result := verify(t, set, c, replay.Options{Policies: []string{"external"}, Scenarios: []string{"test/default"}}); result.Exact != result.Selected || result.Exact.Episodes < 10 {
		t.Errorf("all by name: %+v", result)
	}
}

func TestInterruptedVerificationTellsWhatItKnows(t *testing.T) {
	c, factory := walks(t)
	set := open(t, recorded(t, factory, 3, env.NextStep, sample, 30))
	ctx, cancel := context.WithCancel(t.Context())
	result, err := replay.Verify(ctx, set, c, replay.Options{Workers: 1, Progress: func(done, _ int) {
		if done == 4 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || result.Played.Episodes != 4 || result.Exact != result.Played || result.Selected.Episodes <= 4 {
		t.Errorf("%v, %+v", err, result)
	}
}
