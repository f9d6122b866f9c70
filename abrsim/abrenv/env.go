package abrenv

import (
	"encoding/json"
	"fmt"
	"strconv"

	"trailblazer/abrsim"
	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
)

// Env is one player. It implements env.Env and env.Snapshotter, and allocates
// nothing between two resets with options.
type Env struct {
	factory *Factory
	world   *abrsim.World
	movie   *movie
	state   abrsim.State
	last    abrsim.Chunk  // Index and Level are -1 before the first
	reward  abrsim.Reward // of last
	random  stream
	memory  []float32 // of the layout

	episode int64 // -1 where none of the order is played
	next    int64 // what a sequential selection plays next
	stride  int64 // from there to the one after
	trace   int32
	video   int32
	steps   int32
	phase   phase
}

// phase is what the environment waits for.
type phase uint8

const (
	unstarted phase = iota
	running
	finished
	closed
)

func newEnv(f *Factory, index, count int) *Env {
	e := &Env{factory: f, memory: make([]float32, f.layout.memory())}
	if n := int64(len(f.episodes)); n > 0 {
		e.next, e.stride = int64(index)%n, int64(count)%n
	}
	e.random.seed(0)
	return e
}

// Spec implements env.Env.
func (e *Env) Spec() *env.Spec { return e.factory.spec }

// Close implements env.Env.
func (e *Env) Close() error {
	e.phase = closed
	return nil
}

// Reset implements env.Env. The options are [ResetOptions]. In a sequential
// selection a seed s starts at episode s modulo their number.
func (e *Env) Reset(seed *uint64, options json.RawMessage, out *env.Batch, row int) error {
	if e.phase == closed {
		return env.ErrClosed
	}
	var chosen ResetOptions
	if len(options) > 0 {
		var err error
		if chosen, err = e.factory.readOptions(options); err != nil {
			return err
		}
	}
	if seed != nil {
		e.random.seed(*seed)
		if n := uint64(len(e.factory.episodes)); n > 0 {
			e.next = int64(*seed % n)
		}
	}
	start := e.choose(&chosen)
	f := e.factory
	e.world, e.movie = f.World(int(e.trace), int(e.video)), f.movies[e.video]
	e.state = e.world.Start(start)
	e.last, e.reward = beforeFirst(e.state), abrsim.Reward{}
	e.steps, e.phase = 0, running
	f.layout.begin(e.memory, e.movie)
	if f.forced {
		if err := e.download(int(e.state.LastLevel)); err != nil {
			return fmt.Errorf("abrenv: forced first chunk: %w", err)
		}
	}
	e.show(out, row)
	return nil
}

// Step implements env.Env.
func (e *Env) Step(action env.Arrays, out *env.Batch, row int) error {
	switch e.phase {
	case unstarted:
		return env.ErrNotReset
	case finished:
		return env.ErrFinished
	case closed:
		return env.ErrClosed
	}
	level := env.Row[int64](&action[0], row)[0]
	if uint64(level) >= uint64(e.movie.levels) {
		return jsonconfig.Refuse("action", strconv.FormatInt(level, 10), fmt.Sprintf("give a level from 0 to %d", e.movie.levels-1))
	}
	if err := e.download(int(level)); err != nil {
		return fmt.Errorf("abrenv: %w", err)
	}
	e.steps++
	ended := e.world.Done(e.state)
	cut := !ended && e.steps >= e.factory.maxSteps
	if ended || cut {
		e.phase = finished
	}
	out.Reward[row], out.Terminated[row], out.Truncated[row] = e.reward.Total, ended, cut
	e.show(out, row)
	return nil
}

// download fetches the next chunk.
func (e *Env) download(level int) error {
	f, noise := e.factory, 1.0
	if f.noisy {
		noise = f.noiseLow + float64((f.noiseHigh-f.noiseLow)*e.random.unit())
	}
	state, chunk, err := e.world.Step(e.state, level, noise)
	if err != nil {
		return err
	}
	e.state, e.last, e.reward = state, chunk, e.movie.qoe.Score(chunk)
	f.layout.push(e.memory, e.movie, &e.last)
	return nil
}

// beforeFirst stands for the chunk before the first, of which there is
// nothing to show.
func beforeFirst(s abrsim.State) abrsim.Chunk {
	return abrsim.Chunk{Index: -1, Level: -1, LastLevel: int(s.LastLevel)}
}

// show writes observation and info to a row.
func (e *Env) show(out *env.Batch, row int) {
	e.factory.layout.show(e.memory, e.movie, &e.state, out.Observation, row)
	e.writeInfo(out.Info, row)
}
