package gcc

// Config bounds what a controller decides, in bits per second. A value that is
// not positive stands for the default; a most below the least is taken as the
// least, and a start outside of both as the nearer one.
type Config struct {
	// StartBps is the rate before the path is known [the sender's own at the
	// first decision].
	StartBps float64
	// MinBps is the least [5,000, libwebrtc's kCongestionControllerMinBitrate]
	// and MaxBps the most [1e9, the default of its
	// SendSideBandwidthEstimation].
	MinBps, MaxBps float64
}

const (
	defaultMinBps = 5_000
	defaultMaxBps = 1e9
	// defaultStartBps is where a sender does not have a rate of its own
	// either: libwebrtc's kDefaultStartBitrateBps.
	defaultStartBps = 300_000
)

// bounded has the bounds, not the start, set to their defaults.
func (c Config) bounded() Config {
	if !(c.MinBps > 0) {
		c.MinBps = defaultMinBps
	}
	if !(c.MaxBps > 0) {
		c.MaxBps = defaultMaxBps
	}
	c.MaxBps = max(c.MaxBps, c.MinBps)
	return c
}

// start is the rate before the path is known, for a sender that now has this
// one.
func (c *Config) start(senderBps float64) float64 {
	for _, bps := range []float64{c.StartBps, senderBps} {
		if bps > 0 {
			return c.clamp(bps)
		}
	}
	return c.clamp(defaultStartBps)
}

func (c *Config) clamp(bps float64) float64 { return min(max(bps, c.MinBps), c.MaxBps) }
