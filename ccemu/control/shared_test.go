package control_test

import (
	"testing"
	"time"

	"trailblazer/ccemu/control"
	"trailblazer/ccemu/control/internal/testnet"
)

// share runs two flows from 20 s to 80 s and returns what they received.
func share(t *testing.T, link testnet.Link, names ...string) (bps []float64) {
	t.Helper()
	n := testnet.Net{Link: link}
	for _, name := range names {
		c, err := control.New(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		n.Flows = append(n.Flows, &testnet.Flow{Controller: c, Frames: true})
	}
	bps = make([]float64, len(n.Flows))
	ticks := 0.0
	n.Run(80*time.Second, func(now time.Duration) {
		if now <= 20*time.Second {
			return
		}
		ticks++
		for i, f := range n.Flows {
			bps[i] += f.ReceivedBps
		}
	})
	for i := range bps {
		bps[i] /= ticks
	}
	return bps
}

// TestShares: two flows alike fill the link, and neither starves the other.
func TestShares(t *testing.T) {
	link := testnet.Link{Rate: testnet.Steps(0, 2e6), QueueBytes: 50_000, Delay: 30 * time.Millisecond}
	for name, least := range map[string]float64{"nada": 0.5, "scream": 0.3, "bbr": 0.3, "copa": 0.3, "loss-aimd": 0.3} {
		bps := share(t, link, name, name)
		t.Logf("%s: %.0f and %.0f", name, bps[0], bps[1])
		if total := bps[0] + bps[1]; total < 1.75e6 || min(bps[0], bps[1]) < least*total/2 {
			t.Errorf("%s: shares of %.0f and %.0f bps of 2 Mbps", name, bps[0], bps[1])
		}
	}
}

// TestAgainstLoss: a loss-based flow that fills the queue does not drive out
// those that are made to stand it. SCReAM and Vivace, which mind delay most,
// are not.
func TestAgainstLoss(t *testing.T) {
	link := testnet.Link{Rate: testnet.Steps(0, 2e6), QueueBytes: 50_000, Delay: 30 * time.Millisecond}
	for name, least := range map[string]float64{"nada": 300e3, "copa": 300e3, "bbr": 300e3} {
		bps := share(t, link, name, "loss-aimd")
		t.Logf("%s: %.0f beside %.0f", name, bps[0], bps[1])
		if bps[0] < least || bps[0]+bps[1] < 1.8e6 {
			t.Errorf("%s: %.0f bps beside %.0f of a loss-based flow on 2 Mbps", name, bps[0], bps[1])
		}
	}
}
