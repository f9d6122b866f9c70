package abrenv

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
)

// FutureConfig shows what the link will carry, for critics that may see more
// than the player whom they judge.
type FutureConfig struct {
	// WindowsS are spans of time from now on, in seconds, rising: info
	// "future_kbps" has the mean rate of video bytes over each. None leaves it
	// out.
	WindowsS []float64 `json:"windows_s"`
}

// The bounds of windows, and of the work of a step for them.
const (
	mostWindows        = 64
	mostWindowS        = 3600
	mostFutureSegments = 1e6
	leastWindowS       = 1e-3
	futureKey          = "future_kbps"
)

func (c FutureConfig) validate() error {
	if n := len(c.WindowsS); n > mostWindows {
		return jsonconfig.Refuse("config.future.windows_s", strconv.Itoa(n)+" long", fmt.Sprintf("give at most %d", mostWindows))
	}
	before := 0.0
	for i, window := range c.WindowsS {
		if !(window >= leastWindowS && window <= mostWindowS && window > before) {
			return jsonconfig.Refuse(fmt.Sprintf("config.future.windows_s[%d]", i), fmt.Sprint(window),
				fmt.Sprintf("give rising numbers of seconds from %v to %v, such as [1, 2, 4, 8, 16, 32]", leastWindowS, mostWindowS))
		}
		before = window
	}
	return nil
}

// checkFuture refuses windows that take too many passes of a trace.
func (f *Factory) checkFuture() error {
	windows := f.config.Future.WindowsS
	if len(windows) == 0 {
		return nil
	}
	for i := range f.data.Traces {
		passes := windows[len(windows)-1]/f.worlds[i].Link().PassS() + 1
		if segments := passes * float64(f.data.Traces[i].Len()); !(segments <= mostFutureSegments) {
			return jsonconfig.Refuse("config.future.windows_s", fmt.Sprint(windows[len(windows)-1]),
				fmt.Sprintf("give shorter windows: on trace %q this is %.3g samples long, and at most %g can be looked at in every step", f.data.Traces[i].Name, segments, mostFutureSegments))
		}
	}
	return nil
}

func (c FutureConfig) entry() env.Entry {
	features := make([]env.Feature, len(c.WindowsS))
	for i, window := range c.WindowsS {
		features[i] = env.Feature{Name: fmt.Sprintf("%s[%v s]", futureKey, window), Unit: "kbps",
			Description: "what the link will carry of video in this time from now on, on average; privileged"}
	}
	return env.Entry{Key: futureKey, Space: &env.Box{DType: env.Float64, Shape: []int{len(features)}, Low: []float64{0}, High: []float64{math.Inf(1)}, Features: features}}
}

// writeFuture writes what the link will carry in each window.
func (e *Env) writeFuture(out env.Arrays, row int) {
	windows := e.factory.config.Future.WindowsS
	into := out[infoFuture].Data[8*len(windows)*row:]
	link, at, bytes, before := e.world.Link(), e.state.Link, 0.0, 0.0
	for i, window := range windows {
		more, next := link.Capacity(at, (window-before)*1000)
		at, bytes, before = next, bytes+more, window
		binary.LittleEndian.PutUint64(into[8*i:], math.Float64bits(float64(bytes*8)/1000/window))
	}
}
