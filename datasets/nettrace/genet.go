package nettrace

import (
	"encoding/json"
	"io"
	"strconv"

	"trailblazer/internal/strictjson"
)

// Genet is a trace of Genet's congestion-control simulator
// (src/simulator/trace.py of GenetProject/Genet), under the names that its
// files have.
type Genet struct {
	// TimesS are ascending seconds; the last one ends the trace.
	TimesS []float64 `json:"timestamps"`
	// BandwidthMbps[i] holds from TimesS[i] to the next.
	BandwidthMbps []float64 `json:"bandwidths"`
	// DelayMs is the propagation delay each way: as many as times, or one.
	DelayMs []float64 `json:"delays"`
	// LossShare of the packets are lost on the way forward.
	LossShare float64 `json:"loss"`
	// QueuePackets is the length of the queue; 0 for none given.
	QueuePackets int `json:"queue"`
	// DelayNoiseMs bounds an evenly distributed addition to the delay.
	DelayNoiseMs float64 `json:"delay_noise"`
	// ChangeS is the mean time between changes of bandwidth that the trace was
	// generated with.
	ChangeS float64 `json:"T_s"`
}

const genetForm = `give {"timestamps": [s, ..], "bandwidths": [Mbps, ..], "delays": [ms, ..], "loss": 0, "queue": packets, "delay_noise": ms, "T_s": s}`

// ParseGenet reads a trace of Genet. Fields that it does not know are ignored.
func ParseGenet(name string, r io.Reader) (Genet, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Genet{}, err
	}
	var g Genet
	if err := strictjson.Decode(text, &g, false); err != nil {
		return Genet{}, jsonError(name, err, genetForm)
	}
	if err := g.Validate(); err != nil {
		err.File = name
		return Genet{}, err
	}
	return g, nil
}

// Validate reports the first thing that makes the trace unplayable.
func (g *Genet) Validate() *FormatError {
	n := len(g.TimesS)
	count := func(field string, have int) *FormatError {
		return &FormatError{Field: field, Value: strconv.Itoa(have) + " values", Problem: "for " + strconv.Itoa(n) + " timestamps", Remedy: "give one for each"}
	}
	switch {
	case n < 2 || n > MaxSegments:
		return &FormatError{Field: "timestamps", Value: strconv.Itoa(n) + " values", Problem: "are no trace", Remedy: "give at least 2, the last of which ends it"}
	case len(g.BandwidthMbps) != n:
		return count("bandwidths", len(g.BandwidthMbps))
	case len(g.DelayMs) != n && len(g.DelayMs) != 1:
		return count("delays", len(g.DelayMs))
	case g.QueuePackets < 0:
		return &FormatError{Field: "queue", Value: strconv.Itoa(g.QueuePackets), Problem: "is negative", Remedy: "give a number of packets"}
	}
	if err := check("timestamps", g.TimesS, 0, MaxTimeMs/1000, "give ascending seconds"); err != nil {
		return err
	}
	for i := 1; i < n; i++ {
		if g.TimesS[i] <= g.TimesS[i-1] {
			return &FormatError{Field: "timestamps[" + strconv.Itoa(i) + "]", Value: strconv.FormatFloat(g.TimesS[i], 'g', -1, 64),
				Problem: "does not come after the one before it", Remedy: "sort the samples by time and keep one per timestamp"}
		}
	}
	if err := check("bandwidths", g.BandwidthMbps, 0, MaxKbps/1000, "give Mbit/s, 0 for an outage"); err != nil {
		return err
	}
	if err := check("delays", g.DelayMs, 0, MaxDelayMs, "give one-way milliseconds"); err != nil {
		return err
	}
	for _, s := range []struct {
		field        string
		value, most  float64
		whatItShould string
	}{
		{"loss", g.LossShare, 1, "give a share of the packets from 0 to 1"},
		{"delay_noise", g.DelayNoiseMs, MaxDelayMs, "give milliseconds"},
		{"T_s", g.ChangeS, MaxTimeMs / 1000, "give seconds"},
	} {
		if err := checkOne(s.value, 0, s.most, s.whatItShould); err != nil {
			err.Field = s.field
			return err
		}
	}
	for _, mbps := range g.BandwidthMbps[:n-1] {
		if mbps > 0 {
			return nil
		}
	}
	return dead("bandwidths")
}

// Write writes the trace as JSON; [ParseGenet] reads the same back.
func (g *Genet) Write(w io.Writer) error { return json.NewEncoder(w).Encode(g) }

// halfNormalMean is the mean of the absolute value of a standard normal
// variable, sqrt(2/pi).
const halfNormalMean = 0.7978845608028654

// Trace is the trace of a valid g. Its jitter has the mean of the noise.
func (g Genet) Trace() Trace {
	n := len(g.TimesS)
	t := Trace{Format: FormatGenet}
	t.Forward.LengthMs = (g.TimesS[n-1] - g.TimesS[0]) * 1000
	for i, s := range g.TimesS[:n-1] {
		at := (s - g.TimesS[0]) * 1000
		t.Forward.Kbps.add(at, g.BandwidthMbps[i]*1000)
		if len(g.DelayMs) == n {
			t.Forward.DelayMs.add(at, g.DelayMs[i])
		}
	}
	if len(g.DelayMs) == 1 {
		t.Forward.DelayMs.add(0, g.DelayMs[0])
	}
	t.Reverse.LengthMs, t.Reverse.DelayMs = t.Forward.LengthMs, t.Forward.DelayMs
	t.Forward.LossShare.add(0, g.LossShare)
	t.Forward.JitterMs = g.DelayNoiseMs / 2 / halfNormalMean
	t.Forward.QueuePackets = g.QueuePackets
	return t
}
