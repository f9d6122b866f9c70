package gcc

// Config bounds what a controller decides, in bits per second. A value that is
// not positive stands for the default; a most below the least is taken as the
// least, and a start outside of both as the nearer one.
type Config struct {
	// StartBps is the rate before the path is known [300,000, libwebrtc's
	// kDefaultStartBitrateBps].
	StartBps float64
	// MinBps is the least [5,000, libwebrtc's kCongestionControllerMinBitrate]
	// and MaxBps the most [1e9, the default of its
	// SendSideBandwidthEstimation].
	MinBps, MaxBps float64
}

// Defaults of a Config.
const (
	DefaultStartBps = 300_000
	DefaultMinBps   = 5_000
	DefaultMaxBps   = 1e9
)

func (c Config) withDefaults() Config {
	if !(c.MinBps > 0) {
		c.MinBps = DefaultMinBps
	}
	if !(c.MaxBps > 0) {
		c.MaxBps = DefaultMaxBps
	}
	if !(c.StartBps > 0) {
		c.StartBps = DefaultStartBps
	}
	c.MaxBps = max(c.MaxBps, c.MinBps)
	c.StartBps = c.clamp(c.StartBps)
	return c
}

func (c *Config) clamp(bps float64) float64 { return min(max(bps, c.MinBps), c.MaxBps) }
