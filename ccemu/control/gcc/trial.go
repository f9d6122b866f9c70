package gcc

import "time"

const (
	// trialTime is for how long a rate that a probe raised is on trial.
	trialTime = 3 * time.Second
	// A trial fails when more is lost than this share, and twice the share
	// that was lost before: where a policer or a short queue drops what is
	// too much, a probe passes that a rate does not.
	trialLoss, trialLossFactor = 0.1, 2.0
)

// trial watches what becomes of a rate that a probe raised.
type trial struct {
	active bool
	raised time.Duration
	before float64 // the rate
	lost   float64 // the share that was lost before
}

// begin starts a trial, or makes one that is under way longer.
func (t *trial) begin(before, lost float64, now time.Duration) {
	if !t.active {
		*t = trial{active: true, before: before, lost: lost}
	}
	t.raised = now
}

// verdicts on a trial.
type verdict uint8

const (
	open verdict = iota
	passed
	failed
)

// judge takes the share that has been lost lately.
func (t *trial) judge(lost float64, now time.Duration) verdict {
	switch {
	case !t.active:
		return open
	case lost > trialLoss+float64(trialLossFactor*t.lost):
		t.active = false
		return failed
	case now-t.raised > trialTime:
		t.active = false
		return passed
	}
	return open
}
