package ccenv

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"

	"trailblazer/ccemu"
	"trailblazer/ccemu/scenario"
	"trailblazer/internal/jsonconfig"
)

// Source draws the sessions of a scenario. It is safe for concurrent use.
type Source interface {
	// Session returns the session of a seed, or in a scenario of fixed
	// sessions the one of a number.
	Session(seed uint64, number int) (*ccemu.Session, error)
	// Fixed is the number of fixed sessions; 0 where seeds draw them.
	Fixed() int
	// LongestMs bounds the duration of sessions.
	LongestMs() float64
	// Hashes are those of the data that sessions are made from.
	Hashes() map[string]string
}

// drawnSessions are those of a set.
type drawnSessions struct {
	set    *scenario.Set
	data   *scenario.Data
	hashes map[string]string
}

// hashedSeeds is of how many seeds the sessions are hashed: enough that no
// change of how they are drawn goes unnoticed.
const hashedSeeds = 16

// newDrawnSessions adds the hash of sessions to those of the data.
func newDrawnSessions(set *scenario.Set, data *scenario.Data, hashes map[string]string) (*drawnSessions, error) {
	d := &drawnSessions{set, data, hashes}
	sum := sha256.New()
	for k := range max(set.Episodes, hashedSeeds) {
		s, err := set.Draw(uint64(k), data)
		if err != nil {
			return nil, err
		}
		sum.Write(jsonconfig.Encode(s))
	}
	hashes["sessions"] = hex.EncodeToString(sum.Sum(nil))
	return d, nil
}

func (d *drawnSessions) Session(seed uint64, number int) (*ccemu.Session, error) {
	if d.set.Episodes > 0 {
		seed = uint64(number)
	}
	return d.set.Draw(seed, d.data)
}

func (d *drawnSessions) Fixed() int                { return d.set.Episodes }
func (d *drawnSessions) LongestMs() float64        { return d.set.LongestMs() }
func (d *drawnSessions) Hashes() map[string]string { return maps.Clone(d.hashes) }

// ownSessions are a user's.
type ownSessions struct {
	sessions []*ccemu.Session
	hash     string
}

func newOwnSessions(file *scenario.File) (*ownSessions, error) {
	sessions, err := file.Compile()
	if err != nil {
		return nil, jsonconfig.FieldError("config.sessions", err)
	}
	sum := sha256.Sum256(jsonconfig.Encode(sessions))
	return &ownSessions{sessions, hex.EncodeToString(sum[:])}, nil
}

func (o *ownSessions) Session(_ uint64, number int) (*ccemu.Session, error) {
	return o.sessions[number], nil
}

func (o *ownSessions) Fixed() int { return len(o.sessions) }

func (o *ownSessions) LongestMs() float64 {
	longest := 0.0
	for _, s := range o.sessions {
		longest = max(longest, s.DurationMs)
	}
	return longest
}

func (o *ownSessions) Hashes() map[string]string { return map[string]string{"sessions": o.hash} }
