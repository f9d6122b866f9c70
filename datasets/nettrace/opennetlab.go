package nettrace

import (
	"encoding/json"
	"io"
	"strconv"

	"trailblazer/internal/strictjson"
)

// OpenNetLab is a trace of the gym for AlphaRTC (OpenNetLab/gym), whose
// emulator plays one list of segments for each direction.
type OpenNetLab struct {
	// Uplink is the way forward, Downlink the one back, which may be empty.
	Uplink, Downlink []Segment
}

// Segment is a time during which nothing changes.
type Segment struct {
	DurationMs   float64 `json:"duration"`
	CapacityKbps float64 `json:"capacity"`
	// LossShare of the packets are lost.
	LossShare float64 `json:"loss"`
	// RTTMs is the round-trip time, of which each direction has one half;
	// Unchanged for that of the segment before.
	RTTMs float64 `json:"rtt,omitempty"`
	// JitterMs is the deviation of the delay. OpenNetLab's own emulator
	// ignores it.
	JitterMs float64 `json:"jitter"`
}

// Unchanged is the round-trip time of a segment that gives none.
const Unchanged = -1

const openNetLabForm = `give {"uplink": {"trace_pattern": [{"duration": ms, "capacity": kbps, "loss": 0, "rtt": ms, "jitter": ms}, ..]}}`

// pattern is a direction as a file has it.
type pattern struct {
	Segments []segment `json:"trace_pattern,omitempty"`
}

type segment struct {
	Duration *float64 `json:"duration"`
	Capacity *float64 `json:"capacity"`
	Loss     float64  `json:"loss"`
	RTT      *float64 `json:"rtt,omitempty"`
	Jitter   float64  `json:"jitter"`
}

type openNetLabFile struct {
	Type     string  `json:"type"`
	Downlink pattern `json:"downlink"`
	Uplink   pattern `json:"uplink"`
}

// ParseOpenNetLab reads a trace of OpenNetLab. Fields that it does not know
// are ignored.
func ParseOpenNetLab(name string, r io.Reader) (OpenNetLab, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return OpenNetLab{}, err
	}
	var file openNetLabFile
	if err := strictjson.Decode(text, &file, false); err != nil {
		return OpenNetLab{}, jsonError(name, err, openNetLabForm)
	}
	var o OpenNetLab
	wrong := file.Uplink.read("uplink.trace_pattern", &o.Uplink)
	if wrong == nil {
		wrong = file.Downlink.read("downlink.trace_pattern", &o.Downlink)
	}
	if wrong == nil {
		wrong = o.Validate()
	}
	if wrong != nil {
		wrong.File = name
		return OpenNetLab{}, wrong
	}
	return o, nil
}

func (p *pattern) read(field string, into *[]Segment) *FormatError {
	for i, s := range p.Segments {
		missing := ""
		switch {
		case s.Duration == nil:
			missing = ".duration"
		case s.Capacity == nil:
			missing = ".capacity"
		}
		if missing != "" {
			return &FormatError{Field: field + "[" + strconv.Itoa(i) + "]" + missing, Problem: "is missing", Remedy: openNetLabForm}
		}
		segment := Segment{*s.Duration, *s.Capacity, s.Loss, Unchanged, s.Jitter}
		if s.RTT != nil {
			segment.RTTMs = *s.RTT
		}
		*into = append(*into, segment)
	}
	return nil
}

// Validate reports the first thing that makes the trace unplayable.
func (o *OpenNetLab) Validate() *FormatError {
	if len(o.Uplink) == 0 {
		return &FormatError{Field: "uplink.trace_pattern", Problem: "is empty", Remedy: openNetLabForm}
	}
	if err := validateSegments("uplink.trace_pattern", o.Uplink); err != nil {
		return err
	}
	if len(o.Downlink) == 0 {
		return nil
	}
	return validateSegments("downlink.trace_pattern", o.Downlink)
}

func validateSegments(field string, segments []Segment) *FormatError {
	if len(segments) > MaxSegments {
		return &FormatError{Field: field, Value: strconv.Itoa(len(segments)) + " segments", Problem: "are more than " + strconv.Itoa(MaxSegments), Remedy: "split the trace"}
	}
	total, alive := 0.0, false
	for i, s := range segments {
		for _, v := range []struct {
			field      string
			value, low float64
			high       float64
			remedy     string
		}{
			{".duration", s.DurationMs, 1e-3, MaxTimeMs, "give milliseconds"},
			{".capacity", s.CapacityKbps, 0, MaxKbps, "give kbps, 0 for an outage"},
			{".loss", s.LossShare, 0, 1, "give a share of the packets from 0 to 1"},
			{".rtt", max(s.RTTMs, 0), 0, 2 * MaxDelayMs, "give milliseconds"},
			{".jitter", s.JitterMs, 0, MaxDelayMs, "give milliseconds"},
		} {
			if err := checkOne(v.value, v.low, v.high, v.remedy); err != nil {
				err.Field = field + "[" + strconv.Itoa(i) + "]" + v.field
				return err
			}
		}
		if s.RTTMs < 0 && s.RTTMs != Unchanged {
			return &FormatError{Field: field + "[" + strconv.Itoa(i) + "].rtt", Value: strconv.FormatFloat(s.RTTMs, 'g', -1, 64), Problem: "is negative", Remedy: "give milliseconds"}
		}
		alive = alive || s.CapacityKbps > 0
		if total += s.DurationMs; total > MaxTimeMs {
			return &FormatError{Field: field, Problem: "lasts longer than 30 days", Remedy: "give durations in milliseconds"}
		}
	}
	if !alive {
		return dead(field)
	}
	return nil
}

// Write writes the trace as JSON; [ParseOpenNetLab] reads the same back.
func (o *OpenNetLab) Write(w io.Writer) error {
	return json.NewEncoder(w).Encode(openNetLabFile{Type: "video", Downlink: written(o.Downlink), Uplink: written(o.Uplink)})
}

func written(segments []Segment) pattern {
	var p pattern
	for _, s := range segments {
		w := segment{Duration: &s.DurationMs, Capacity: &s.CapacityKbps, Loss: s.LossShare, Jitter: s.JitterMs}
		if s.RTTMs != Unchanged {
			w.RTT = &s.RTTMs
		}
		p.Segments = append(p.Segments, w)
	}
	return p
}

// Trace is the trace of a valid o. Jitter is the mean over time.
func (o OpenNetLab) Trace() Trace {
	t := Trace{Format: FormatOpenNetLab, Forward: direction(o.Uplink), Reverse: direction(o.Downlink)}
	if len(o.Downlink) == 0 {
		t.Reverse.LengthMs, t.Reverse.DelayMs = t.Forward.LengthMs, t.Forward.DelayMs
	}
	return t
}

func direction(segments []Segment) Direction {
	var d Direction
	delay := firstDelay(segments)
	for _, s := range segments {
		if s.RTTMs != Unchanged {
			delay = s.RTTMs / 2
		}
		d.Kbps.add(d.LengthMs, s.CapacityKbps)
		d.LossShare.add(d.LengthMs, s.LossShare)
		if delay != Unchanged {
			d.DelayMs.add(d.LengthMs, delay)
		}
		d.JitterMs += float64(s.JitterMs * s.DurationMs)
		d.LengthMs += s.DurationMs
	}
	if d.LengthMs > 0 {
		d.JitterMs /= d.LengthMs
	}
	return d
}

// firstDelay is what segments before the first that gives one have.
func firstDelay(segments []Segment) float64 {
	for _, s := range segments {
		if s.RTTMs != Unchanged {
			return s.RTTMs / 2
		}
	}
	return Unchanged
}
