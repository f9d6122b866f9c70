package sparksim

import (
	"fmt"

	"trailblazer/internal/setting"
)

// Config says what the cluster is like. The zero value is the cluster of the
// reference's training and default test.
type Config struct {
	// Executors is the size of the cluster, 1 to [MaxExecutors]; 0 stands for
	// 50.
	Executors int `json:"executors"`
	// MovingDelayMs is how long an executor needs to move to another job; nil
	// stands for 2000.
	MovingDelayMs *float64 `json:"moving_delay_ms"`
	// WarmupDelayMs is what an executor's first task in a job takes longer
	// where that was not measured; nil stands for 1000.
	WarmupDelayMs *float64 `json:"warmup_delay_ms"`
	// DiscountPerS discounts the reward within a step: job time that lies t
	// seconds after the decision counts exp(-DiscountPerS·t). 0 does not
	// discount. (The reference calls it beta and trains with 0.005.)
	DiscountPerS float64 `json:"discount_per_s"`
}

// The defaults and bounds of a Config.
const (
	DefaultExecutors     = 50
	DefaultMovingDelayMs = 2000
	DefaultWarmupDelayMs = 1000

	MaxExecutors = 1 << 12
	maxDelayMs   = 1e9
)

// Validate reports what is out of range as a *setting.Error.
func (c Config) Validate() error {
	if c.Executors < 0 || c.Executors > MaxExecutors {
		return setting.Refuse("executors", c.Executors, "is no size of a cluster", fmt.Sprintf("give 1 to %d, or leave it out for %d", MaxExecutors, DefaultExecutors))
	}
	for _, delay := range []struct {
		field string
		ms    *float64
	}{{"moving_delay_ms", c.MovingDelayMs}, {"warmup_delay_ms", c.WarmupDelayMs}} {
		if delay.ms != nil && !(*delay.ms >= 0 && *delay.ms <= maxDelayMs) {
			return setting.Refuse(delay.field, *delay.ms, "is no delay", fmt.Sprintf("give milliseconds from 0 to %g", float64(maxDelayMs)))
		}
	}
	if !(c.DiscountPerS >= 0 && c.DiscountPerS <= 1000) {
		return setting.Refuse("discount_per_s", c.DiscountPerS, "is no discount rate", "give 0 for none, or up to 1000 per second")
	}
	return nil
}

// WithDefaults fills in what is not set.
func (c Config) WithDefaults() Config {
	if c.Executors == 0 {
		c.Executors = DefaultExecutors
	}
	if c.MovingDelayMs == nil {
		c.MovingDelayMs = new(float64(DefaultMovingDelayMs))
	}
	if c.WarmupDelayMs == nil {
		c.WarmupDelayMs = new(float64(DefaultWarmupDelayMs))
	}
	return c
}
