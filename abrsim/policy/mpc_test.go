package policy

import (
	"math"
	"math/rand/v2"
	"testing"

	"trailblazer/abrsim"
)

// randomVideo has any ladder, sizes, rules and metric.
func randomVideo(t *testing.T, random *rand.Rand, mostLevels int) *Video {
	t.Helper()
	levels, chunks := 1+random.IntN(mostLevels), 2+random.IntN(12)
	kbps, sizes := make([]int, levels), make([][]int, levels)
	for level := range levels {
		kbps[level] = 100 * (1 + random.IntN(8))
		if level > 0 {
			kbps[level] += kbps[level-1]
		}
		sizes[level] = make([]int, chunks)
		for i := range sizes[level] {
			sizes[level][i] = int(float64(kbps[level]*500) * (0.5 + random.Float64()))
		}
	}
	player := abrsim.Config{BufferCapMs: 5000 + 20_000*random.Float64(), RTTMs: new(200 * random.Float64()), DrainQuantumMs: new(float64(500 * random.IntN(2)))}
	metric := abrsim.QoEConfig{RebufferPenalty: new(5 * random.Float64())}
	switch random.IntN(3) {
	case 0:
		metric.Kind = abrsim.QoELog
	case 1:
		metric.Kind = abrsim.QoEHD
		for range levels {
			metric.HDQuality = append(metric.HDQuality, 10*random.Float64())
		}
	}
	v, err := NewVideo(kbps, sizes, 4000, 1+random.IntN(chunks), player, metric)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func randomView(random *rand.Rand, v *Video) View {
	return View{Chunk: random.IntN(v.Chunks + 1), LastLevel: random.IntN(v.Levels()), BufferMs: v.CapMs * random.Float64()}
}

// TestHorizonPlanTriesAllPlans compares with doing so, one by one in
// lexicographic order, each played from the start.
func TestHorizonPlanTriesAllPlans(t *testing.T) {
	const seed = 1
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	ties := 0
	for i := range 3000 {
		v := randomVideo(t, random, 5)
		now := randomView(random, v)
		rate := 50 + 4000*random.Float64()
		horizon := 1 + random.IntN(5)
		var p horizonPlan
		p.start(v, horizon)
		got := p.best(&now, rate)
		want, tied := naiveHorizon(v, now, rate, horizon)
		if got != want {
			t.Fatalf("case %d: level %d, want %d (%+v, %+v, %v kbit/s, horizon %d)", i, got, want, *v, now, rate, horizon)
		}
		if tied {
			ties++
		}
	}
	if ties == 0 {
		t.Error("no case has a tie between first levels")
	}
}

func naiveHorizon(v *Video, now View, rateKbps float64, horizon int) (level int, tied bool) {
	horizon = min(horizon, v.Chunks-now.Chunk)
	if horizon <= 0 {
		return 0, false
	}
	plan := make([]int, horizon)
	play := func() float64 {
		total, buffer, last := 0.0, now.BufferMs/1000, now.LastLevel
		for i, level := range plan {
			download := v.SizeBytes(now.Chunk+i, level)*8/rateKbps/1000 + v.RTTMs/1000
			rebuffer := max(download-buffer, 0)
			buffer = max(buffer-download, 0) + v.ChunkMs/1000
			if over := buffer - v.CapMs/1000; over > 0 {
				if quantum := v.QuantumMs / 1000; quantum > 0 {
					over = math.Ceil(over/quantum) * quantum
				}
				buffer -= over
			}
			total += v.QoE.Rate(level, last, rebuffer).Total
			last = level
		}
		return total
	}
	best := math.Inf(-1)
	for {
		if total := play(); total > best-1e-9 {
			tied = total < best+1e-9 && plan[0] != level
			best, level = max(best, total), plan[0]
		}
		i := horizon - 1
		for ; i >= 0; i-- {
			if plan[i]++; plan[i] < v.Levels() {
				break
			}
			plan[i] = 0
		}
		if i < 0 {
			return level, tied
		}
	}
}

// TestReferencePlanTriesAllPlans compares with the reference's way: all tuples
// of five in lexicographic order, cut to the horizon, the last of equals.
func TestReferencePlanTriesAllPlans(t *testing.T) {
	const seed = 2
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range 3000 {
		v := randomVideo(t, random, 6)
		now := randomView(random, v)
		rate, penalty := 0.01+random.Float64(), 5*random.Float64()
		var p referencePlan
		if got, want := p.best(v, &now, rate, penalty), naiveReference(v, now, rate, penalty); got != want {
			t.Fatalf("case %d: level %d, want %d (%+v, %+v, %v MB/s)", i, got, want, *v, now, rate)
		}
	}
}

func naiveReference(v *Video, now View, rate, penalty float64) int {
	horizon := min(5, v.Chunks-now.Chunk)
	if horizon == 0 {
		return 0
	}
	most, answer := -1e8, 0
	var combo [5]int
	levels := v.Levels()
	for n := range int(math.Pow(float64(levels), 5)) {
		for i, rest := 4, n; i >= 0; i-- {
			combo[i], rest = rest%levels, rest/levels
		}
		last, near := now.LastLevel, true
		for _, level := range combo {
			near = near && abs(level-last) <= 1
			last = level
		}
		if !near {
			continue
		}
		last = now.LastLevel
		rebuffer, buffer, sum, changes := 0., now.BufferMs/1000, 0, 0
		for position, level := range combo[:horizon] {
			size := 0.
			if index := now.Chunk + position + 1; index < v.FileChunks {
				size = v.SizeBytes(index, level)
			}
			download := size / 1000000. / rate
			if buffer < download {
				rebuffer += download - buffer
				buffer = 0
			} else {
				buffer -= download
			}
			buffer += 4
			sum += v.BitratesKbps[level]
			changes += abs(v.BitratesKbps[level] - v.BitratesKbps[last])
			last = level
		}
		reward := float64(sum)/1000. - float64(penalty*rebuffer) - float64(changes)/1000.
		if reward >= most {
			most, answer = reward, combo[0]
		}
	}
	return answer
}

// TestMPCStartsAnew: unlike the reference's, the corrected rules know nothing
// of the video before.
func TestMPCStartsAnew(t *testing.T) {
	v := ladder(t)
	views := downloads(5000, 300, 4000, 350, 2000)
	for _, name := range []string{"robust-mpc", "mpc-tuned"} {
		rule, err := NewRule(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		first := choices(t, rule, v, views...)
		choices(t, rule, v, downloads(100, 9000, 100, 9000)...)
		for i, level := range choices(t, rule, v, views...) {
			if level != first[i] {
				t.Errorf("%s: decision %d is %d, was %d", name, i, level, first[i])
			}
		}
	}
}
