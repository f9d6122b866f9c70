package media

import "time"

// The least of a probe cluster, and the size of the packets that fill it up.
// Source: libwebrtc's BitrateProber.
const (
	minProbePackets  = 5
	minProbeDuration = 15 * time.Millisecond
	probeBytes       = 1242
)

// cluster is a probe: packets that leave at a rate of its own.
type cluster struct {
	number  int32
	bps     float64 // 0 for none
	next    time.Duration
	packets int
	bytes   float64
}

func (c *cluster) active() bool { return c.bps > 0 }

// begin starts a cluster.
func (c *cluster) begin(number int32, at time.Duration, bps float64) {
	*c = cluster{number: number, bps: bps, next: at}
}

// left accounts for a packet of the cluster, and ends it after the last.
func (c *cluster) left(now time.Duration, bytes int32) {
	c.packets++
	c.bytes += float64(bytes)
	c.next = max(c.next, now-maxLateness) + airtime(float64(bytes), c.bps)
	if c.packets >= minProbePackets && c.bytes*8 >= c.bps*minProbeDuration.Seconds() {
		c.bps = 0
	}
}
