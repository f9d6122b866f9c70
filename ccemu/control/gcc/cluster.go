package gcc

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// Constants of libwebrtc's ProbeBitrateEstimator and BitrateProber.
const (
	// clusterPackets and clusterTime are what a cluster is made of, at least.
	clusterPackets = 5
	clusterTime    = 15 * time.Millisecond
	// clusterShare of it has to arrive.
	clusterShare = 0.8
	// fastestArrival is how much faster than it was sent a cluster may arrive
	// to be believed.
	fastestArrival = 2.0
	// unsaturated is the share of the rate sent that arrives as long as the
	// link is not full; a full link is then used to usedShare.
	unsaturated, usedShare = 0.9, 0.95
	longestCluster         = time.Second
)

// cluster is what is known of one probe.
type cluster struct {
	number                    int32
	sentBps                   float64 // as decided
	packets                   int
	bytes                     float64
	firstSent, lastSent       time.Duration
	firstArrival, lastArrival time.Duration
	firstBytes, lastBytes     float64 // of the first to arrive and the last to leave
}

// clusters measures the bandwidth with the packets of the last probes.
type clusters struct {
	recent [8]cluster
	count  int32
}

// begin notes that the next probe has been decided.
func (c *clusters) begin(bps float64) {
	c.count++
	*c.slot(c.count) = cluster{number: c.count, sentBps: bps}
}

func (c *clusters) slot(number int32) *cluster { return &c.recent[int(number)%len(c.recent)] }

// add takes a packet that arrived and returns the bandwidth that its cluster
// shows so far, in bits per second, if it shows any.
func (c *clusters) add(p *feedback.Result) (bps float64, ok bool) {
	if p.Cluster <= 0 {
		return 0, false
	}
	k := c.slot(p.Cluster)
	if k.number != p.Cluster {
		return 0, false
	}
	bytes := float64(p.SizeBytes)
	if k.packets == 0 || p.At > k.lastSent {
		k.lastSent, k.lastBytes = p.At, bytes
	}
	if k.packets == 0 || p.At < k.firstSent {
		k.firstSent = p.At
	}
	if k.packets == 0 || p.Arrival < k.firstArrival {
		k.firstArrival, k.firstBytes = p.Arrival, bytes
	}
	k.lastArrival = max(k.lastArrival, p.Arrival)
	k.packets++
	k.bytes += bytes
	return k.bandwidth()
}

func (k *cluster) bandwidth() (bps float64, ok bool) {
	if k.packets < clusterPackets*clusterShare || k.bytes*8 < clusterShare*k.sentBps*clusterTime.Seconds() {
		return 0, false
	}
	sent, arrived := k.lastSent-k.firstSent, k.lastArrival-k.firstArrival
	if sent <= 0 || sent > longestCluster || arrived <= 0 || arrived > longestCluster {
		return 0, false
	}
	// The last to leave and the first to arrive only end and begin the time.
	sentBps := (k.bytes - k.lastBytes) * 8 / sent.Seconds()
	arrivedBps := (k.bytes - k.firstBytes) * 8 / arrived.Seconds()
	switch {
	case arrivedBps > fastestArrival*sentBps:
		return 0, false
	case arrivedBps < unsaturated*sentBps:
		return usedShare * arrivedBps, true
	}
	return min(sentBps, arrivedBps), true
}
