package abrsim

import (
	"fmt"
	"math"
)

// Profile chooses between the reference simulator, bit for bit, and what a
// careful user expects. The package comment tables the differences.
type Profile string

const (
	// ProfileDefault is the simulator without the reference's quirks. The
	// empty profile means the same.
	ProfileDefault Profile = "default"
	// ProfilePaper reproduces the simulator of the papers bit for bit.
	ProfilePaper Profile = "paper"
)

// Config are the rules of play, shared by every world of an experiment. The
// zero value is the default profile with Pensieve's constants. Where zero is a
// setting of its own, nil means the default.
type Config struct {
	// Profile is "default" (or empty) or "paper".
	Profile Profile `json:"profile,omitempty"`
	// PayloadPortion is the part of the link's bytes that are video, in
	// (0, 1]; the rest are headers. 0 means 0.95.
	PayloadPortion float64 `json:"payload_portion,omitempty"`
	// RTTMs is the round trip that every chunk's request costs, in
	// milliseconds. nil means 80.
	RTTMs *float64 `json:"rtt_ms,omitempty"`
	// BufferCapMs is how much video the player holds, in milliseconds of
	// play; above it the player pauses downloading. 0 means 60000.
	BufferCapMs float64 `json:"buffer_cap_ms,omitempty"`
	// DrainQuantumMs is the unit of that pause in milliseconds: the player
	// wakes up after a whole number of them. 0 drains to the cap exactly.
	// nil means 500.
	DrainQuantumMs *float64 `json:"drain_quantum_ms,omitempty"`
	// NoiseLow and NoiseHigh bound the factor that a [Player] with a noise
	// source draws for each download. Both 0 mean no noise; the reference
	// trains with 0.9 and 1.1.
	NoiseLow  float64 `json:"noise_low,omitempty"`
	NoiseHigh float64 `json:"noise_high,omitempty"`
	// Chunks is how many chunks of the video are played. 0 means all of
	// them, in the paper profile 48.
	Chunks int `json:"chunks,omitempty"`
	// InitialLevel is the level that counts as the one before the first
	// chunk. The reference's is 0, Pensieve's and Genet's 1.
	InitialLevel int `json:"initial_level,omitempty"`
}

// Constants of the reference, used where a Config says nothing.
const (
	DefaultPayloadPortion = 0.95
	DefaultRTTMs          = 80
	DefaultBufferCapMs    = 60_000
	DefaultDrainQuantumMs = 500
	// PaperChunks is how many chunks the reference plays. Its video files
	// hold 49; the last is never downloaded.
	PaperChunks = 48
)

// PaperConfig is the reference simulator as it evaluates.
func PaperConfig() Config { return Config{Profile: ProfilePaper} }

// PaperTrainingConfig is the reference simulator as it trains: with noise on
// every delay.
func PaperTrainingConfig() Config {
	return Config{Profile: ProfilePaper, NoiseLow: 0.9, NoiseHigh: 1.1}
}

// WithDefaults spells out every setting that c leaves open, except Chunks:
// its default depends on the video. Two configs that play alike have equal
// JSON afterwards.
func (c Config) WithDefaults() Config {
	if c.Profile == "" {
		c.Profile = ProfileDefault
	}
	if c.PayloadPortion == 0 {
		c.PayloadPortion = DefaultPayloadPortion
	}
	c.RTTMs = orDefault(c.RTTMs, DefaultRTTMs)
	if c.BufferCapMs == 0 {
		c.BufferCapMs = DefaultBufferCapMs
	}
	c.DrainQuantumMs = orDefault(c.DrainQuantumMs, DefaultDrainQuantumMs)
	if c.NoiseLow == 0 && c.NoiseHigh == 0 {
		c.NoiseLow, c.NoiseHigh = 1, 1
	}
	if c.Chunks == 0 && c.Profile == ProfilePaper {
		c.Chunks = PaperChunks
	}
	return c
}

// orDefault copies a setting, so that a config with its defaults shares
// nothing with the one it came from.
func orDefault(setting *float64, otherwise float64) *float64 {
	if setting != nil {
		otherwise = *setting
	}
	return &otherwise
}

// Validate reports the first setting that is out of range.
func (c Config) Validate() error {
	const hourMs = 3_600_000.0
	c = c.WithDefaults()
	switch {
	case c.Profile != ProfileDefault && c.Profile != ProfilePaper:
		return refuse("profile", fmt.Sprintf("%.64q", c.Profile), "is unknown", `use "default" or "paper"`)
	case !(c.PayloadPortion > 0 && c.PayloadPortion <= 1):
		return refuse("payload_portion", c.PayloadPortion, "is not a portion", "use more than 0 and at most 1")
	case !(*c.RTTMs >= 0 && *c.RTTMs <= hourMs):
		return refuse("rtt_ms", *c.RTTMs, "is not a round trip time", fmt.Sprintf("use 0 to %.0f", hourMs))
	case !(c.BufferCapMs > 0 && c.BufferCapMs <= 1000*hourMs):
		return refuse("buffer_cap_ms", c.BufferCapMs, "is not a buffer length", fmt.Sprintf("use more than 0 and at most %.0f", 1000*hourMs))
	case !(*c.DrainQuantumMs >= 0 && *c.DrainQuantumMs <= c.BufferCapMs):
		return refuse("drain_quantum_ms", *c.DrainQuantumMs, "is not a quantum", fmt.Sprintf("use 0 up to buffer_cap_ms, %v", c.BufferCapMs))
	case !(c.NoiseLow > 0 && c.NoiseLow <= c.NoiseHigh && c.NoiseHigh <= MaxNoise):
		return refuse("noise_low", fmt.Sprintf("%v, with noise_high %v,", c.NoiseLow, c.NoiseHigh), "is no range of factors", fmt.Sprintf("use 0 < low <= high <= %d, such as 0.9 and 1.1", MaxNoise))
	case c.Chunks < 0:
		return refuse("chunks", c.Chunks, "is negative", "use 0 for the whole video")
	case c.InitialLevel < 0 || c.InitialLevel > math.MaxInt32:
		return refuse("initial_level", c.InitialLevel, "is not a level", "use 0 for the lowest")
	}
	return nil
}

// Noisy reports whether downloads draw a factor.
func (c Config) Noisy() bool {
	c = c.WithDefaults()
	return c.NoiseLow != 1 || c.NoiseHigh != 1
}

// MaxNoise is the largest factor a download may take.
const MaxNoise = 1000
