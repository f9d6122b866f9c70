package scenario

import (
	"fmt"
	"strings"

	"trailblazer/ccemu"
	"trailblazer/internal/splitmix"
)

// Set is a named set of sessions.
type Set struct {
	Name, Description string
	// Episodes is the number of fixed sessions; 0 where seeds draw them.
	Episodes int
	// Seeds is how many sessions a run over the whole set plays: those of the
	// seeds from 0 on, or the fixed ones.
	Seeds int

	split split
	table func() table
	poor  int // of 5 sessions; only of sets that mix conditions
	mixed bool
	cases []fixed
}

// split is one of two halves of the seeds' streams, which never meet.
type split uint64

const (
	forTraining split = iota
	forTesting
)

// fixed is a session that no seed changes.
type fixed struct {
	name    string
	session ccemu.Session
}

// The sizes of training and test of the paper, 95 to 5, and of the other sets.
const (
	trainSeeds = 30_000
	testSeeds  = 1_500
	otherSeeds = 200
)

// Sets lists all sets.
func Sets() []Set {
	sets := []Set{
		{Name: "cc/train", Description: "training: 30 to 40 s over bottlenecks of 0.15 to 8 Mbps, of every kind of condition", Seeds: trainSeeds, table: training},
		{Name: "cc/train-wide", Description: "training of agents for any network: 0.075 to 16 Mbps, and every other range of cc/train twice as far too. It overlaps the sets cc/ood-...: what models that learn in it score there is not out of distribution", Seeds: trainSeeds, table: wide},
		{Name: "cc/test", Description: "test: drawn as training is, with seeds of its own", Seeds: testSeeds, table: training},
		{Name: "cc/ood-capacity", Description: "out of distribution: 50 to 150 kbps or 8 to 20 Mbps", table: otherCapacity},
		{Name: "cc/ood-dynamics", Description: "out of distribution: drops by 90 %, a new level every 15 s, outages, recordings of other networks", table: otherDynamics},
		{Name: "cc/ood-rtt", Description: "out of distribution: round-trip times of 250 to 600 ms", table: otherRTT},
		{Name: "cc/ood-jitter", Description: "out of distribution: jitter of 20 to 60 ms with a heavy tail", table: otherJitter},
		{Name: "cc/ood-loss", Description: "out of distribution: 5 to 20 % lost, 8 to 20 at a time", table: otherLoss},
		{Name: "cc/ood-queue", Description: "out of distribution: queues of 10 ms or 2 s, CoDel, token buckets and policers", table: otherQueue},
		{Name: "cc/ood-cross", Description: "out of distribution: three TCP Cubic flows, or one of BBR, in the same queue", table: otherCross},
		{Name: "cc/ood-request", Description: "out of distribution: requests of four times the bandwidth", table: otherRequest},
	}
	for poor := range mixBlock + 1 {
		percent := 100 * poor / mixBlock
		sets = append(sets, Set{Name: fmt.Sprintf("cc/mix-%d", percent), mixed: true, poor: poor,
			Description: fmt.Sprintf("%d %% of the sessions in poor network conditions by the rule of the paper's scheduler, the others in good ones", percent)})
	}
	sets = append(sets,
		Set{Name: "cc/rfc8867", Description: "the test cases of RFC 8867, in its order", cases: rfc8867()},
		Set{Name: "cc/libwebrtc", Description: "the scenarios of libwebrtc's tests of its own controller", cases: libwebrtc()},
		Set{Name: "cc/custom", Description: "a base for sessions of one's own: 2 Mbps, 50 ms, a queue of 300 ms", cases: custom()},
	)
	for i := range sets {
		s := &sets[i]
		if !strings.HasPrefix(s.Name, "cc/train") {
			s.split = forTesting
		}
		s.Episodes = len(s.cases)
		if s.Seeds == 0 {
			s.Seeds = otherSeeds
		}
		if s.Episodes > 0 {
			s.Seeds = s.Episodes
		}
	}
	return sets
}

// Find returns the set of a name.
func Find(name string) (*Set, error) {
	sets := Sets()
	known := make([]string, len(sets))
	for i := range sets {
		if sets[i].Name == name {
			return &sets[i], nil
		}
		known[i] = sets[i].Name
	}
	return nil, fmt.Errorf("no scenario %q; known are %s", name, strings.Join(known, ", "))
}

// NeedsData reports whether some of the sessions play recordings.
func (s *Set) NeedsData() bool { return s.table != nil }

// Case names a fixed session; drawn ones have no names.
func (s *Set) Case(number int) string {
	if s.Episodes == 0 {
		return ""
	}
	return s.cases[number%s.Episodes].name
}

// LongestMs is how long sessions last at most.
func (s *Set) LongestMs() float64 {
	if s.Episodes == 0 {
		return longestMs
	}
	longest := 0.0
	for i := range s.cases {
		longest = max(longest, s.cases[i].session.DurationMs)
	}
	return longest
}

// Draw returns the session of a seed; of fixed sessions, the one of that
// number, over and over. Nothing is left to defaults. The highest bit of a
// seed does not count. Recordings come from data; without any, as with nil,
// generated ones take their place. The error is that of recordings that cannot
// be played.
func (s *Set) Draw(seed uint64, data *Data) (*ccemu.Session, error) {
	session := s.draw(seed, data)
	if err := session.Validate(); err != nil {
		return nil, fmt.Errorf("scenario %s, seed %d: %w", s.Name, seed, err)
	}
	return session, nil
}

func (s *Set) draw(seed uint64, data *Data) *ccemu.Session {
	switch {
	case s.Episodes > 0:
		complete := s.cases[seed%uint64(s.Episodes)].session.WithDefaults()
		return &complete
	case s.mixed:
		return s.mix(seed &^ (1 << 63)).session()
	}
	return s.table().draw(s.split.root(seed), data).session()
}

// salt makes the streams of this package its own.
const salt = 0x5ce4a210

// root is where all streams of a session begin. Output i of SplitMix64 differs
// for all i, so that no seed of a test is one of training: the highest bit of i
// tells them apart.
func (s split) root(seed uint64) root {
	return root(splitmix.Mix(salt, seed&^(1<<63)|uint64(s)<<63))
}
