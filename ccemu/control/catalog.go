package control

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"trailblazer/ccemu/control/bbr"
	"trailblazer/ccemu/control/copa"
	"trailblazer/ccemu/control/gcc"
	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/control/nada"
	"trailblazer/ccemu/control/scream"
	"trailblazer/ccemu/control/vivace"
	"trailblazer/ccemu/feedback"
	"trailblazer/internal/setting"
)

// New makes the controller of this name. The values are those of its
// parameters, in their order; no values at all stand for the defaults. The
// error is a *setting.Error.
func New(name string, values []float64) (feedback.Controller, error) {
	entries := catalog()
	at := slices.IndexFunc(entries, func(e entry) bool { return e.Name == name })
	if at < 0 {
		return nil, setting.Refuse("controller", fmt.Sprintf("%q", name), "is none that is known", "use one of "+strings.Join(Names(), ", "))
	}
	e := entries[at]
	if len(values) == 0 {
		for _, p := range e.Parameters {
			values = append(values, p.Default)
		}
	}
	if len(values) != len(e.Parameters) {
		return nil, setting.Refuse(name, len(values), "values are given", fmt.Sprintf("give %d, or none for the defaults", len(e.Parameters)))
	}
	for i, p := range e.Parameters {
		switch x := values[i]; {
		case !(x >= p.Low && x <= p.High):
			return nil, setting.Refuse(name+"."+p.Key, x, "is out of range", fmt.Sprintf("use a number from %v to %v", p.Low, p.High))
		case p.Integer && x != math.Trunc(x):
			return nil, setting.Refuse(name+"."+p.Key, x, "is no whole number", "use a whole number")
		}
	}
	return e.build(values), nil
}

// entry is one row of the catalog. build gets one value per parameter.
type entry struct {
	Description
	build func(values []float64) feedback.Controller
}

// maxSpan is over how long max-rate keeps the greatest rate.
const maxSpan = 2 * time.Second

func catalog() []entry {
	return []entry{
		{
			Description{Name: "gcc", Summary: "GCC as libwebrtc has it: a trend of delays, and loss"},
			func([]float64) feedback.Controller { return gcc.New(gccBounds()) },
		},
		{
			Description{Name: "gcc-prod", Summary: "GCC with probes, application-limited periods and the request as a cap: the production-grade baseline", Probes: true},
			func([]float64) feedback.Controller { return gcc.NewProd(gccBounds()) },
		},
		{
			Description{Name: "gcc-draft", Summary: "GCC of draft-ietf-rmcat-gcc-02: a Kalman filter of delays, and loss"},
			func([]float64) feedback.Controller { return gcc.NewDraft(gcc.DraftConfig{Config: gccBounds()}) },
		},
		{
			Description{
				Name: "nada", Summary: "NADA of RFC 8698: a congestion signal made of delay and loss, answered gradually",
				Parameters: []Parameter{
					{Key: "min", Meaning: "RMIN, the least rate in kbps", Default: 50, Low: 10, High: 100_000},
					{Key: "max", Meaning: "RMAX, the most that is of use in kbps; 0 stands for what the application requests", Default: 0, Low: 0, High: 10_000_000},
				},
			},
			func(x []float64) feedback.Controller {
				return nada.New(nada.Config{MinBps: 1000 * x[0], MaxBps: 1000 * x[1]})
			},
		},
		{
			Description{
				Name: "scream", Summary: "SCReAM of RFC 8298: a window for a delay target, and a media rate that keeps within it",
				Parameters: []Parameter{{Key: "compete", Meaning: "1 lets the delay target grow against competing flows, 0 keeps it at 100 ms", Default: 1, Low: 0, High: 1, Integer: true}},
			},
			func(x []float64) feedback.Controller { return scream.New(scream.Config{FixedTarget: x[0] == 0}) },
		},
		{
			Description{Name: "bbr", Summary: "BBR, version 1: gains around the greatest delivery rate, by a model of the path"},
			func([]float64) feedback.Controller { return bbr.New() },
		},
		{
			Description{
				Name: "copa", Summary: "Copa: a few packets in the queue, more where others keep it full",
				Parameters: []Parameter{{Key: "delta", Meaning: "weight of delay against throughput", Default: 0.5, Low: 0.01, High: 10}},
			},
			func(x []float64) feedback.Controller { return copa.New(copa.Config{Delta: x[0]}) },
		},
		{
			Description{Name: "vivace", Summary: "PCC Vivace: gradient ascent on a utility of rate, loss and delay that grows"},
			func([]float64) feedback.Controller { return vivace.New() },
		},
		{
			Description{Name: "loss-aimd", Summary: "a packet more in every round trip, 30 % less where more than 2 % are lost; blind to delay"},
			func([]float64) feedback.Controller { return newLossAIMD() },
		},
		{
			Description{
				Name: "request-rate", Summary: "what the application requests, whatever the network does: the light policy for good conditions",
				Parameters: []Parameter{factor()},
			},
			func(x []float64) feedback.Controller { return requestRate{factor: x[0]} },
		},
		{
			Description{
				Name: "last-rate", Summary: "the rate at which packets last arrived, over 100 ms",
				Parameters: []Parameter{factor()},
			},
			func(x []float64) feedback.Controller { return newReceived(x[0], 0) },
		},
		{
			Description{
				Name: "max-rate", Summary: "the greatest rate at which packets arrived for 100 ms within 2 s",
				Parameters: []Parameter{factor()},
			},
			func(x []float64) feedback.Controller { return newReceived(x[0], maxSpan) },
		},
		{
			Description{
				Name: "constant", Summary: "one rate",
				Parameters: []Parameter{{Key: "kbps", Meaning: "the rate", Default: 1000, Low: 10, High: 10_000_000}},
			},
			func(x []float64) feedback.Controller { return constant{bps: 1000 * x[0]} },
		},
	}
}

// gccBounds has the bounds of all others.
func gccBounds() gcc.Config {
	return gcc.Config{MinBps: measure.LeastBps, MaxBps: measure.MostBps}
}

func factor() Parameter {
	return Parameter{Key: "factor", Meaning: "what to multiply it with", Default: 1, Low: 0.1, High: 10}
}
