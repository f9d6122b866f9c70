package abrenv_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
)

// TestSequentialOrder checks which episodes the environments of a vector play.
func TestSequentialOrder(t *testing.T) {
	factory := openFactory(t, "", "abr/ood1", "")
	n := len(factory.Episodes())
	played := func(index, count int, resets ...func(*play)) []int {
		e, err := factory.New(index, count)
		if err != nil {
			t.Fatal(err)
		}
		p := &play{t: t, env: e, out: env.NewBatch(factory.Spec(), 1)}
		var episodes []int
		for _, reset := range resets {
			reset(p)
			k := p.integer("episode_index")
			if k >= 0 && factory.Episodes()[k].Trace != p.integer("trace") {
				t.Fatalf("episode %d plays trace %d", k, p.integer("trace"))
			}
			episodes = append(episodes, k)
		}
		return episodes
	}
	next := func(p *play) { p.reset(nil, "") }
	seeded := func(seed uint64) func(*play) { return func(p *play) { p.reset(&seed, "") } }
	chosen := func(options string) func(*play) { return func(p *play) { p.reset(nil, options) } }
	for _, test := range []struct {
		index, count int
		resets       []func(*play)
		want         []int
	}{
		{0, 1, []func(*play){next, next, next}, []int{0, 1, 2}},
		{1, 3, []func(*play){next, next, next}, []int{1, 4, 7}},
		{98, 99, []func(*play){next, next, next}, []int{98, 97, 96}},
		{150, 200, []func(*play){next, next}, []int{50, 50}},
		{2, 4, []func(*play){seeded(7), next, seeded(uint64(n) + 3), next}, []int{7, 11, 3, 7}},
		{0, 1, []func(*play){seeded(1<<64 - 1), next}, []int{int(uint64(1<<64-1) % uint64(n)), int(uint64(1<<64-1)%uint64(n)) + 1}},
		{0, 2, []func(*play){next, chosen(`{"episode": 41}`), next}, []int{0, 41, 43}},
		{0, 2, []func(*play){next, chosen(`{"trace": 5, "start_pointer": 9}`), next}, []int{0, -1, 2}},
	} {
		if got := played(test.index, test.count, test.resets...); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("environment %d of %d plays %v, want %v", test.index, test.count, got, test.want)
		}
	}
	for _, bad := range [][2]int{{-1, 1}, {1, 1}, {0, 0}} {
		if _, err := factory.New(bad[0], bad[1]); err == nil {
			t.Errorf("environment %d of %d is made", bad[0], bad[1])
		}
	}
}

// TestSequentialVideos plays every trace with the first video, then with the
// second.
func TestSequentialVideos(t *testing.T) {
	factory := openFactory(t, "", "abr/custom", `{"selection": "sequential", "start_pointers": [2, 3], `+ownData+`}`)
	p := newPlay(t, factory)
	for k, want := range []struct{ trace, video, pointer int }{{0, 0, 2}, {1, 0, 3}, {0, 1, 2}, {1, 1, 3}} {
		p.reset(nil, "")
		e := factory.Episodes()[k]
		if p.integer("trace") != want.trace || p.integer("video") != want.video || e.StartPointer != want.pointer {
			t.Errorf("episode %d plays trace %d, video %d from %d, want %+v", k, p.integer("trace"), p.integer("video"), e.StartPointer, want)
		}
		start, err := factory.World(want.trace, want.video).Link().AtPointer(want.pointer)
		if err != nil || start != e.Start || p.float("link_time_s") != start.TimeS {
			t.Errorf("episode %d starts at %v s, want %+v (%v)", k, p.float("link_time_s"), start, err)
		}
	}
}

// TestRandomSelection draws all traces, videos and many starts.
func TestRandomSelection(t *testing.T) {
	for _, config := range []string{uploads, `{"player": {"profile": "paper", "chunks": 6}, ` + ownData + `}`} {
		p := newPlay(t, openFactory(t, "", "abr/custom", config))
		places := map[[2]int]map[float64]bool{}
		for seed := range uint64(300) {
			p.reset(&seed, "")
			at := [2]int{p.integer("trace"), p.integer("video")}
			if places[at] == nil {
				places[at] = map[float64]bool{}
			}
			places[at][p.float("link_time_s")] = true
			if p.integer("episode_index") != -1 || p.integer("chunk") != -1 || p.integer("quality") != -1 {
				t.Fatalf("episode %d, chunk %d, quality %d before the first chunk", p.integer("episode_index"), p.integer("chunk"), p.integer("quality"))
			}
		}
		if len(places) != 4 {
			t.Errorf("300 seeds meet %d of 4 pairs of trace and video", len(places))
		}
		for at, starts := range places {
			if config == uploads && len(starts) < 20 || len(starts) < 2 {
				t.Errorf("trace and video %v start in only %d places", at, len(starts))
			}
		}
	}
}

func TestResetOptionsRefused(t *testing.T) {
	for _, test := range []struct{ scenario, options, field string }{
		{"abr/train", `{"episode": 0}`, "options.episode"},
		{"abr/ood1", `{"episode": 100}`, "options.episode"},
		{"abr/ood1", `{"episode": -1}`, "options.episode"},
		{"abr/ood1", `{"episode": 1, "trace": 1}`, "options.episode"},
		{"abr/ood1", `{"episode": "x"}`, "options.episode"},
		{"abr/ood1", `{"trace": 100}`, "options.trace"},
		{"abr/ood1", `{"trace": -1}`, "options.trace"},
		{"abr/ood1", `{"video": 0}`, "options.video"},
		{"abr/train", `{"video": 1}`, "options.video"},
		{"abr/train", `{"start_pointer": 1}`, "options.start_pointer"},
		{"abr/train", `{"trace": 0, "start_pointer": 0}`, "options.start_pointer"},
		{"abr/ood1", `{"trace": 0, "start_pointer": 600}`, "options.start_pointer"},
		{"abr/ood1", `{"epsiode": 1}`, "options.epsiode"},
	} {
		p := newPlay(t, openFactory(t, "", test.scenario, ""))
		p.reset(nil, "")
		before := p.env.(env.Snapshotter).AppendState(nil)
		seed := uint64(5)
		var field *env.FieldError
		if err := p.env.Reset(&seed, json.RawMessage(test.options), p.out, 0); !errors.As(err, &field) || field.Field != test.field {
			t.Errorf("%s %s: %v, want a FieldError for %s", test.scenario, test.options, err, test.field)
		}
		if string(p.env.(env.Snapshotter).AppendState(nil)) != string(before) {
			t.Errorf("%s %s: a refused reset changed the state", test.scenario, test.options)
		}
	}
}

// TestStartOptions plays the same start by episode, by trace and by pointer.
func TestStartOptions(t *testing.T) {
	factory := openFactory(t, "", "abr/ood1", "")
	e := factory.Episodes()[17]
	var states []string
	for _, options := range []string{`{"episode": 17}`, fmt.Sprintf(`{"trace": %d}`, e.Trace), fmt.Sprintf(`{"trace": %d, "start_pointer": %d, "video": 0}`, e.Trace, e.StartPointer)} {
		p := newPlay(t, factory)
		p.reset(nil, options)
		states = append(states, fmt.Sprint(env.Row[float32](&p.out.Observation[0], 0), p.float("link_time_s"), p.integer("trace")))
	}
	if states[0] != states[1] || states[1] != states[2] {
		t.Errorf("they differ:\n%s\n%s\n%s", states[0], states[1], states[2])
	}
}

// TestFirstChunk compares a forced first chunk with the same one chosen.
func TestFirstChunk(t *testing.T) {
	forced := newPlay(t, openFactory(t, "", "abr/train", `{"player": {"initial_level": 1}}`))
	chosen := newPlay(t, openFactory(t, "", "abr/train", `{"player": {"initial_level": 1}, "first_chunk": "agent"}`))
	seed := uint64(3)
	forced.reset(&seed, "")
	chosen.reset(&seed, "")
	for i, x := range env.Row[float32](&chosen.out.Observation[0], 0) {
		if x != 0 {
			t.Fatalf("observation %d is %v before the first chunk", i, x)
		}
	}
	if q := chosen.integer("quality"); q != -1 {
		t.Errorf("quality %d before the first chunk", q)
	}
	chosen.step(1)
	for steps := 0; ; steps++ {
		for k := range forced.out.Info {
			if a, b := forced.out.Info[k].Bytes(0), chosen.out.Info[k].Bytes(0); string(a) != string(b) {
				t.Fatalf("step %d: info %s differs", steps, forced.out.Info[k].Leaf.Path)
			}
		}
		if string(forced.out.Observation[0].Bytes(0)) != string(chosen.out.Observation[0].Bytes(0)) {
			t.Fatalf("step %d: observations differ", steps)
		}
		if forced.out.Terminated[0] {
			if steps != 47 || !chosen.out.Terminated[0] {
				t.Errorf("the forced one ends after %d steps, the other: %v", steps, chosen.out.Terminated[0])
			}
			return
		}
		forced.step(steps % 6)
		chosen.step(steps % 6)
	}
}

// TestFirstSizes: the default profile shows the sizes of the first chunk
// before it is chosen.
func TestFirstSizes(t *testing.T) {
	factory := openFactory(t, "", "abr/custom", `{"observation": {"history": 9}}`)
	p := newPlay(t, factory)
	p.reset(nil, "")
	for i, x := range env.Row[float32](&p.out.Observation[0], 0) {
		want := float32(0)
		if level := i - 4*9; level >= 0 && level < 6 {
			want = float32(factory.World(0, 0).SizeBytes(0, level) / 1e6)
		}
		if x != want {
			t.Errorf("element %d is %v, want %v", i, x, want)
		}
	}
}

// TestTruncation: max_steps truncates, unless the video ends with it.
func TestTruncation(t *testing.T) {
	for _, test := range []struct {
		limit, steps          int
		terminated, truncated bool
	}{{1, 1, false, true}, {46, 46, false, true}, {47, 47, true, false}, {48, 47, true, false}} {
		factory := openFactory(t, "", "abr/train", fmt.Sprintf(`{"max_steps": %d}`, test.limit))
		if got := factory.Spec().MaxEpisodeSteps; got != test.steps {
			t.Errorf("limit %d: the spec says %d steps, want %d", test.limit, got, test.steps)
		}
		p := newPlay(t, factory)
		p.reset(nil, "")
		steps := 0
		for ; !p.out.Done(0); steps++ {
			p.step(0)
		}
		if steps != test.steps || p.out.Terminated[0] != test.terminated || p.out.Truncated[0] != test.truncated {
			t.Errorf("limit %d: %d steps, terminated %v, truncated %v", test.limit, steps, p.out.Terminated[0], p.out.Truncated[0])
		}
		if err := p.env.Step(p.action, p.out, 0); !errors.Is(err, env.ErrFinished) {
			t.Errorf("limit %d: a step after the end: %v", test.limit, err)
		}
	}
}

// TestDictAgreesWithInfo recomputes the named observation from info.
func TestDictAgreesWithInfo(t *testing.T) {
	factory := openFactory(t, "", "abr/custom", `{"observation": {"layout": "dict", "history": 3}, "player": {"noise_low": 0.8, "noise_high": 1.3}}`)
	p := newPlay(t, factory)
	p.reset(nil, "")
	find := func(key string) []float32 { return env.Row[float32](p.out.Observation.Find(key), 0) }
	throughput, download := make([]float32, 3), make([]float32, 3)
	for chunk := 0; !p.out.Done(0); chunk++ {
		world := factory.World(p.integer("trace"), 0)
		next := chunk
		if fmt.Sprint(find("throughput_mbps"), find("download_s")) != fmt.Sprint(throughput, download) {
			t.Fatalf("chunk %d: histories %v %v, want %v %v", chunk, find("throughput_mbps"), find("download_s"), throughput, download)
		}
		for level, x := range find("next_sizes_mb") {
			if want := float32(world.SizeBytes(next, level) / 1e6); x != want {
				t.Fatalf("chunk %d: next size %v, want %v", chunk, x, want)
			}
		}
		last := max(p.integer("quality"), 0)
		for key, want := range map[string]float64{
			"last_quality": float64(last), "last_bitrate_kbps": float64(world.BitrateKbps(last)),
			"buffer_s": p.float("buffer_ms") / 1000, "chunk_s": 4, "chunks_remaining": float64(world.Chunks() - chunk),
		} {
			if got := find(key)[0]; got != float32(want) {
				t.Fatalf("chunk %d: %s is %v, want %v", chunk, key, got, want)
			}
		}
		if fmt.Sprint(find("bitrates_kbps")) != "[300 750 1200 1850 2850 4300]" {
			t.Fatalf("ladder %v", find("bitrates_kbps"))
		}
		p.step(chunk * 5 % 6)
		copy(throughput, throughput[1:])
		copy(download, download[1:])
		throughput[2] = float32(p.float("size_bytes") * 8 / p.float("delay_ms") / 1000)
		download[2] = float32(p.float("delay_ms") / 1000)
	}
	if p.integer("chunk") != 48 { // The default profile plays the whole file.
		t.Errorf("the last chunk is %d", p.integer("chunk"))
	}
}

// TestWidthAndCoresDontMatter plays the same seeds alone, in vectors of
// several widths and on several numbers of cores.
func TestWidthAndCoresDontMatter(t *testing.T) {
	factory := openFactory(t, "", "abr/train", "")
	const n, steps = 64, 150
	reference := playVector(t, factory, n, 1, steps)
	for _, test := range []struct{ width, cores int }{{1, 1}, {7, 3}, {64, 4}} {
		for first := 0; first < n; first += test.width {
			width := min(test.width, n-first)
			for i, got := range playVectorFrom(t, factory, first, width, test.cores, steps) {
				if got != reference[first+i] {
					t.Fatalf("seed %d in a vector of %d on %d cores differs", first+i, width, test.cores)
				}
			}
		}
	}
}

func playVector(t *testing.T, factory env.Factory, n, cores, steps int) []string {
	return playVectorFrom(t, factory, 0, n, cores, steps)
}

// playVectorFrom returns what each environment showed, as text.
func playVectorFrom(t *testing.T, factory env.Factory, first, n, cores, steps int) []string {
	t.Helper()
	pool := vector.NewPool(cores)
	defer pool.Close()
	v, err := vector.New(factory, n, env.NextStep, pool)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	batch, err := v.Reset(env.ResetOptions{Seeds: []uint64{uint64(first)}})
	if err != nil {
		t.Fatal(err)
	}
	shown := make([]string, n)
	add := func(b *env.Batch) {
		for i := range shown {
			for _, arrays := range []env.Arrays{b.Observation, b.Info} {
				for k := range arrays {
					shown[i] += string(arrays[k].Bytes(i))
				}
			}
			shown[i] += fmt.Sprint(b.Reward[i], b.Terminated[i])
			shown[i] = digest(shown[i])
		}
	}
	add(batch)
	action := env.NewArrays(env.Leaves(v.Spec().Action), n)
	for step := range steps {
		for i := range n {
			env.Row[int64](&action[0], i)[0] = int64((first + i + step*step) % 6)
		}
		transition, err := v.Step(action)
		if err != nil {
			t.Fatal(err)
		}
		add(&transition.Batch)
	}
	return shown
}
