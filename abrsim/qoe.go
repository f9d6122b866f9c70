package abrsim

import (
	"fmt"
	"math"
	"slices"
)

// QoEKind chooses how a level's quality is counted.
type QoEKind string

const (
	// QoELinear counts Mbit/s. The empty kind means the same.
	QoELinear QoEKind = "linear"
	// QoELog counts log(bitrate / lowest bitrate).
	QoELog QoEKind = "log"
	// QoEHD counts HDQuality, which favours high definition.
	QoEHD QoEKind = "hd"
)

// QoEConfig is a quality-of-experience metric: per chunk, quality less a
// penalty per second of rebuffering less a penalty on the change of quality.
// The zero value is Pensieve's linear one. Source: Mao et al., "Neural
// Adaptive Video Streaming with Pensieve" (SIGCOMM 2017), section 5.1,
// table 1.
type QoEConfig struct {
	// Kind is "linear" (or empty), "log" or "hd".
	Kind QoEKind `json:"kind,omitempty"`
	// RebufferPenalty is the cost of a second without playback. nil means
	// the metric's own: linear 4.3, log 2.66, hd 8. Genet uses 10.
	RebufferPenalty *float64 `json:"rebuffer_penalty,omitempty"`
	// SmoothnessPenalty is the cost of one unit of quality change. nil
	// means 1.
	SmoothnessPenalty *float64 `json:"smoothness_penalty,omitempty"`
	// HDQuality is the hd metric's quality of each level. Empty means
	// Pensieve's 1, 2, 3, 12, 15, 20, which needs a ladder of six.
	HDQuality []float64 `json:"hd_quality,omitempty"`
}

// PensieveQoE is the linear metric of Pensieve and NetLLM: penalties 4.3
// and 1.
func PensieveQoE() QoEConfig { return QoEConfig{}.WithDefaults() }

// GenetQoE is the linear metric of Genet: penalties 10 and 1.
func GenetQoE() QoEConfig { return QoEConfig{RebufferPenalty: new(10.0)}.WithDefaults() }

// WithDefaults spells out every setting that c leaves open.
func (c QoEConfig) WithDefaults() QoEConfig {
	if c.Kind == "" {
		c.Kind = QoELinear
	}
	rebuffer := 4.3
	switch c.Kind {
	case QoELog:
		rebuffer = 2.66
	case QoEHD:
		rebuffer = 8
	}
	c.RebufferPenalty = orDefault(c.RebufferPenalty, rebuffer)
	c.SmoothnessPenalty = orDefault(c.SmoothnessPenalty, 1)
	if c.Kind == QoEHD && len(c.HDQuality) == 0 {
		c.HDQuality = []float64{1, 2, 3, 12, 15, 20}
	}
	return c
}

// Validate reports the first setting that is out of range.
func (c QoEConfig) Validate() error {
	const most = 1e6
	c = c.WithDefaults()
	switch {
	case c.Kind != QoELinear && c.Kind != QoELog && c.Kind != QoEHD:
		return refuse("kind", fmt.Sprintf("%.64q", c.Kind), "is unknown", `use "linear", "log" or "hd"`)
	case !(*c.RebufferPenalty >= 0 && *c.RebufferPenalty <= most):
		return refuse("rebuffer_penalty", *c.RebufferPenalty, "is not a penalty", "use 0 or more, such as 4.3")
	case !(*c.SmoothnessPenalty >= 0 && *c.SmoothnessPenalty <= most):
		return refuse("smoothness_penalty", *c.SmoothnessPenalty, "is not a penalty", "use 0 or more, such as 1")
	case c.Kind != QoEHD && len(c.HDQuality) > 0:
		return refuse("hd_quality", c.HDQuality, fmt.Sprintf("is set, but the kind is %q", c.Kind), `set kind to "hd" or leave it out`)
	}
	for level, quality := range c.HDQuality {
		if !(math.Abs(quality) <= most) {
			return refuse(fmt.Sprintf("hd_quality[%d]", level), quality, "is out of range", fmt.Sprintf("use a number up to %v", most))
		}
	}
	return nil
}

// QoE is a metric for one ladder. It is immutable and safe for concurrent
// use.
type QoE struct {
	quality           []float64 // by level
	change            []float64 // smoothness cost, [level*levels + last level]
	rebufferPenalty   float64
	smoothnessPenalty float64
}

// Reward is the score of one chunk and what it is made of:
// Total = Quality - Rebuffering - Smoothness.
type Reward struct {
	Quality     float64
	Rebuffering float64 // the penalty, not the seconds
	Smoothness  float64 // the penalty
	Total       float64
}

// NewQoE prepares a metric for a ladder in kbit/s.
func NewQoE(c QoEConfig, bitratesKbps []int) (*QoE, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.WithDefaults()
	n := len(bitratesKbps)
	if n == 0 {
		return nil, &ConfigError{Field: "bitrates_kbps", Problem: "is empty", Remedy: "give the ladder"}
	}
	if c.Kind == QoEHD && len(c.HDQuality) != n {
		return nil, refuse("hd_quality", c.HDQuality, fmt.Sprintf("has %d levels, but the ladder has %d", len(c.HDQuality), n), "give one value per level")
	}
	q := &QoE{quality: make([]float64, n), change: make([]float64, n*n), rebufferPenalty: *c.RebufferPenalty, smoothnessPenalty: *c.SmoothnessPenalty}
	for level, kbps := range bitratesKbps {
		switch c.Kind {
		case QoELog:
			// Rounded because the last bits of a logarithm differ between
			// platforms.
			q.quality[level] = math.Round(math.Log(float64(kbps)/float64(bitratesKbps[0]))*1e12) / 1e12
		case QoEHD:
			q.quality[level] = c.HDQuality[level]
		default:
			q.quality[level] = float64(kbps) / 1000
		}
	}
	for level := range n {
		for last := range n {
			change := &q.change[level*n+last]
			if c.Kind == QoELinear {
				// The reference takes the difference in kbit/s, which is
				// exact, and divides last.
				*change = q.smoothnessPenalty * math.Abs(float64(bitratesKbps[level]-bitratesKbps[last])) / 1000
			} else {
				*change = float64(q.smoothnessPenalty * math.Abs(q.quality[level]-q.quality[last]))
			}
		}
	}
	return q, nil
}

// Score rates a chunk.
func (q *QoE) Score(c Chunk) Reward { return q.Rate(c.Level, c.LastLevel, c.RebufferS) }

// Rate scores a level after another with rebufferS seconds of standstill. It
// panics if a level is outside the ladder.
func (q *QoE) Rate(level, lastLevel int, rebufferS float64) Reward {
	quality := q.quality[level]
	rebuffering := float64(q.rebufferPenalty * rebufferS)
	smoothness := q.change[level*len(q.quality)+lastLevel]
	return Reward{Quality: quality, Rebuffering: rebuffering, Smoothness: smoothness, Total: quality - rebuffering - smoothness}
}

// Quality is the quality of each level, a copy.
func (q *QoE) Quality() []float64 { return slices.Clone(q.quality) }

// RebufferPenalty is the cost of a second without playback.
func (q *QoE) RebufferPenalty() float64 { return q.rebufferPenalty }
