package abrsim_test

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
)

var modelSeed = flag.Uint64("seed", 1, "first seed of the random comparisons")

const modelRuns = 3000

// naive is the reference's simulator written down line by line, with no
// regard for speed: the model that the paper profile is compared with.
type naive struct {
	times, bandwidths []float64
	sizes             [][]int
	chunks            int
	chunkMs           float64
	config            abrsim.Config

	pointer  int
	lastTime float64
	buffer   float64
	counter  int
}

func newNaive(t trace.Trace, v trace.Video, c abrsim.Config, pointer int) *naive {
	return &naive{times: t.TimesS, bandwidths: t.BandwidthMbps, sizes: v.SizesBytes, chunks: c.Chunks, chunkMs: float64(v.ChunkMs),
		config: c.WithDefaults(), pointer: pointer, lastTime: t.TimesS[pointer-1]}
}

func (n *naive) next() {
	n.lastTime = n.times[n.pointer]
	n.pointer++
	if n.pointer >= len(n.bandwidths) {
		n.pointer = 1
		n.lastTime = 0
	}
}

func (n *naive) download(level int, noise float64) (delay, sleep, rebuffer, buffer float64) {
	size := float64(n.sizes[level][n.counter])
	portion := n.config.PayloadPortion
	sent := 0.0
	for {
		throughput := n.bandwidths[n.pointer] * 1e6 / 8
		duration := n.times[n.pointer] - n.lastTime
		payload := float64(float64(throughput*duration) * portion)
		if sent+payload > size {
			fraction := (size - sent) / throughput / portion
			delay += fraction
			n.lastTime += fraction
			break
		}
		sent += payload
		delay += duration
		n.next()
	}
	delay = float64(delay * 1000)
	delay += *n.config.RTTMs
	delay = float64(delay * noise)
	rebuffer = math.Max(delay-n.buffer, 0)
	n.buffer = math.Max(n.buffer-delay, 0)
	n.buffer += n.chunkMs
	if n.buffer > n.config.BufferCapMs {
		quantum := *n.config.DrainQuantumMs
		sleep = n.buffer - n.config.BufferCapMs
		if quantum > 0 {
			sleep = float64(math.Ceil(sleep/quantum) * quantum)
		}
		n.buffer -= sleep
		for {
			duration := n.times[n.pointer] - n.lastTime
			if duration > sleep/1000 {
				n.lastTime += sleep / 1000
				break
			}
			sleep -= float64(duration * 1000)
			n.next()
		}
	}
	n.counter++
	return delay, sleep, rebuffer, n.buffer
}

// randomTrace has gaps of all lengths, dead segments and often a first stamp
// after 0.
func randomTrace(r *rand.Rand) trace.Trace {
	n := 2 + r.IntN(60)
	t := trace.Trace{Name: "random"}
	at := 0.0
	if r.IntN(2) == 0 {
		at = r.Float64() * 3
	}
	for range n {
		mbps := r.Float64() * 5
		switch r.IntN(8) {
		case 0:
			mbps = 0
		case 1:
			mbps *= 0.01
		case 2:
			mbps = float64(r.IntN(8)) // whole numbers make exact ties likely
		}
		t.TimesS = append(t.TimesS, at)
		t.BandwidthMbps = append(t.BandwidthMbps, mbps)
		gap := 0.001 + r.Float64()*6
		if r.IntN(2) == 0 {
			gap = float64(1 + r.IntN(5))
		}
		at += gap
	}
	t.BandwidthMbps[1+r.IntN(n-1)] = 0.5 + r.Float64()
	return t
}

func randomVideo(r *rand.Rand) trace.Video {
	v := trace.Video{Name: "random", ChunkMs: 500 * (1 + r.IntN(12))}
	chunks, kbps := 1+r.IntN(60), 0
	for range 1 + r.IntN(8) {
		kbps += 1 + r.IntN(900)
		v.BitratesKbps = append(v.BitratesKbps, kbps)
		sizes := make([]int, chunks)
		for i := range sizes {
			sizes[i] = 1 + r.IntN(kbps*v.ChunkMs/4)
			if r.IntN(4) == 0 {
				sizes[i] = 118_750 * (1 + r.IntN(4)) // one second of 1 Mbit/s, times 0.95
			}
		}
		v.SizesBytes = append(v.SizesBytes, sizes)
	}
	return v
}

func randomConfig(r *rand.Rand, p abrsim.Profile, v trace.Video) abrsim.Config {
	c := abrsim.Config{Profile: p, Chunks: 1 + r.IntN(v.Chunks())}
	if r.IntN(2) == 0 {
		c.PayloadPortion = 0.5 + r.Float64()/2
		c.RTTMs = new(float64(r.IntN(300)))
		c.BufferCapMs = float64(1000 * (1 + r.IntN(30)))
		c.DrainQuantumMs = new(float64([]int{0, 100, 500, 1000}[r.IntN(4)]))
	}
	return c
}

func TestPaperProfileEqualsNaiveModel(t *testing.T) {
	for run := range uint64(modelRuns) {
		seed := *modelSeed + run
		r := rand.New(rand.NewPCG(seed, 0))
		tr, v := randomTrace(r), randomVideo(r)
		c := randomConfig(r, abrsim.ProfilePaper, v)
		world, err := abrsim.NewWorld(tr, v, c)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		pointer := 1 + r.IntN(tr.Len()-1)
		start, err := world.Link().AtPointer(pointer)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		model, state := newNaive(tr, v, c, pointer), world.Start(start)
		for !world.Done(state) {
			level, noise := r.IntN(v.Levels()), 1.0
			if r.IntN(2) == 0 {
				noise = 0.9 + 0.2*r.Float64()
			}
			delay, sleep, rebuffer, buffer := model.download(level, noise)
			next, chunk, err := world.Step(state, level, noise)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if chunk.DelayMs != delay || chunk.SleepMs != sleep || chunk.RebufferS != rebuffer/1000 || chunk.BufferS != buffer/1000 ||
				next.Link.TimeS != model.lastTime || int(next.Link.Segment) != model.pointer {
				t.Fatalf("seed %d (repeat with -args -seed=%d): chunk %d\n got %+v at %+v\nwant delay %v sleep %v rebuffer %v buffer %v at %d, %v",
					seed, seed, state.Chunk, chunk, next.Link, delay, sleep, rebuffer, buffer, model.pointer, model.lastTime)
			}
			if err := world.Check(next); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			state = next
		}
	}
}

// TestDefaultProfileIsThePaperProfileShifted: with no round trip and no noise
// the default profile plays a trace as the reference would play it one sample
// later, with the stamps shifted to 0.
func TestDefaultProfileIsThePaperProfileShifted(t *testing.T) {
	for run := range uint64(modelRuns) {
		seed := *modelSeed + run
		r := rand.New(rand.NewPCG(seed, 1))
		tr, v := randomTrace(r), randomVideo(r)
		c := randomConfig(r, abrsim.ProfileDefault, v)
		c.RTTMs = new(0.0)
		n := tr.Len()
		shifted := trace.Trace{Name: "shifted", TimesS: []float64{0}, BandwidthMbps: append([]float64{99}, tr.BandwidthMbps...)}
		for i := range n {
			end := 0.0
			if i+1 < n {
				end = tr.TimesS[i+1] - tr.TimesS[0]
			} else {
				last := tr.TimesS[n-1] - tr.TimesS[0]
				end = last + (last - (tr.TimesS[n-2] - tr.TimesS[0]))
			}
			shifted.TimesS = append(shifted.TimesS, end)
		}
		paper := c
		paper.Profile = abrsim.ProfilePaper
		a, err := abrsim.NewWorld(tr, v, c)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		b, err := abrsim.NewWorld(shifted, v, paper)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		pointer := 1 + r.IntN(n-1)
		atA, _ := a.Link().AtPointer(pointer)
		atB, _ := b.Link().AtPointer(pointer)
		x, y := a.Start(atA), b.Start(atB)
		for !a.Done(x) {
			level := r.IntN(v.Levels())
			var gotA, gotB abrsim.Chunk
			x, gotA, _ = a.Step(x, level, 1)
			y, gotB, _ = b.Step(y, level, 1)
			gotB.SleepMs = gotA.SleepMs // the residue differs on purpose
			if gotA != gotB {
				t.Fatalf("seed %d:\n%+v in the default profile\n%+v in the paper profile on the shifted trace", seed, gotA, gotB)
			}
		}
	}
}

// TestDefaultProfileKeepsTime: the link's clock advances by delay and pause,
// the buffer by what is downloaded less what is played, and the bytes of a
// chunk are those that its time on the link carries.
func TestDefaultProfileKeepsTime(t *testing.T) {
	for run := range uint64(modelRuns) {
		seed := *modelSeed + run
		r := rand.New(rand.NewPCG(seed, 2))
		tr, v := randomTrace(r), randomVideo(r)
		c := randomConfig(r, abrsim.ProfileDefault, v)
		world, err := abrsim.NewWorld(tr, v, c)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		full := world.Config()
		clock := r.Float64() * world.Link().PassS()
		start, err := world.Link().At(clock)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		state := world.Start(start)
		for !world.Done(state) {
			noise := 0.8 + 0.4*r.Float64()
			before := state
			next, chunk, err := world.Step(state, r.IntN(v.Levels()), noise)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			near := func(what string, got, want float64) {
				t.Helper()
				if math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
					t.Fatalf("seed %d: chunk %d: %s %v, want %v", seed, chunk.Index, what, got, want)
				}
			}
			wire := carried(tr, clock+*full.RTTMs/1000, clock+chunk.DelayMs/1000) * full.PayloadPortion
			near("bytes", wire, chunk.SizeBytes*noise)
			clock += (chunk.DelayMs + chunk.SleepMs) / 1000
			lag := math.Mod(clock-next.Link.TimeS, world.Link().PassS())
			near("clock", min(lag, world.Link().PassS()-lag), 0)
			near("buffer", chunk.BufferS*1000, max(before.BufferMs-chunk.DelayMs, 0)+float64(v.ChunkMs)-chunk.SleepMs)
			near("rebuffering", chunk.RebufferS*1000, max(chunk.DelayMs-before.BufferMs, 0))
			if next.BufferMs > full.BufferCapMs || next.BufferMs < 0 {
				t.Fatalf("seed %d: buffer of %v ms with a cap of %v", seed, next.BufferMs, full.BufferCapMs)
			}
			state = next
		}
	}
}

// carried integrates a periodic trace from one time to another, in bytes.
func carried(t trace.Trace, from, to float64) float64 {
	n := t.Len()
	period := t.TimesS[n-1] - t.TimesS[0] + t.TimesS[n-1] - t.TimesS[n-2]
	upTo := func(at float64) float64 {
		whole := math.Floor(at / period)
		rest := at - whole*period
		pass, part := 0.0, 0.0
		for i := range n {
			start := t.TimesS[i] - t.TimesS[0]
			end := period
			if i+1 < n {
				end = t.TimesS[i+1] - t.TimesS[0]
			}
			rate := t.BandwidthMbps[i] * 1e6 / 8
			pass += rate * (end - start)
			part += rate * max(min(rest, end)-start, 0)
		}
		return whole*pass + part
	}
	return upTo(to) - upTo(from)
}
