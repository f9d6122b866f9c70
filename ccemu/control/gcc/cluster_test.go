package gcc

import (
	"testing"

	"trailblazer/ccemu/feedback"
)

// probed makes n packets of 1,000 bytes that left and arrived these gaps apart,
// in ms.
func probed(n int, sent, arrived float64) (list []*feedback.Result) {
	for i := range n {
		p := packet(float64(i)*sent, 100+float64(i)*arrived)
		p.SizeBytes, p.Cluster = 1000, 1
		list = append(list, p)
	}
	return list
}

func TestCluster(t *testing.T) {
	tests := []struct {
		name    string
		decided float64 // bits per second
		list    []*feedback.Result
		want    float64 // 0 for none
	}{
		{"arrives as it left", 4e6, probed(8, 2, 2), 4e6},
		{"arrives a little slower", 4e6, probed(8, 2, 2.2), 8000 / 0.0022},
		{"arrives a little faster", 4e6, probed(8, 2, 1.5), 4e6},
		{"saturated", 4e6, probed(8, 2, 4), 0.95 * 2e6},
		{"arrives too fast", 4e6, probed(8, 2, 0.9), 0},
		{"arrives all at once", 4e6, probed(8, 2, 0), 0},
		{"left all at once", 4e6, probed(8, 0, 2), 0},
		{"too few packets", 1e6, probed(3, 8, 8), 0},
		{"four packets do", 1e6, probed(4, 8, 8), 1e6},
		{"too few bytes: 80 % of 15 ms are 6,000", 4e6, probed(5, 2, 2), 0},
		{"enough bytes", 4e6, probed(6, 2, 2), 4e6},
		{"too long", 1e4, probed(5, 400, 400), 0},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			var c clusters
			c.begin(x.decided)
			got := 0.0
			for _, p := range x.list {
				if bps, ok := c.add(p); ok {
					got = bps
				}
			}
			if (got == 0) != (x.want == 0) || x.want > 0 && !near(got, x.want) {
				t.Errorf("got %v, want %v", got, x.want)
			}
		})
	}
}

// What belongs to no probe, to one that is not known, or to one of long ago
// shows nothing.
func TestUnknownClusters(t *testing.T) {
	var c clusters
	for range len(c.recent) + 1 {
		c.begin(4e6)
	}
	for _, number := range []int32{0, -1, 1, 10, 1 << 30} {
		for _, p := range probed(10, 2, 2) {
			p.Cluster = number
			if bps, ok := c.add(p); ok {
				t.Errorf("number %d: %v", number, bps)
			}
		}
	}
	ok := false
	for _, p := range probed(10, 2, 2) {
		p.Cluster = 9
		_, ok = c.add(p)
	}
	if !ok {
		t.Error("the last one shows nothing")
	}
}

// The order of departures and arrivals does not matter.
func TestClusterOutOfOrder(t *testing.T) {
	var c clusters
	c.begin(4e6)
	list := probed(8, 2, 2)
	got := 0.0
	for _, i := range []int{3, 1, 0, 7, 6, 2, 4, 5} {
		if bps, ok := c.add(list[i]); ok {
			got = bps
		}
	}
	if !near(got, 4e6) {
		t.Errorf("got %v", got)
	}
}
