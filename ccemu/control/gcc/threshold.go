package gcc

import (
	"math"
	"time"
)

const (
	// startThreshold is del_var_th(0) of draft-ietf-rmcat-gcc-02, section
	// 5.4, and between these bounds it stays; in ms.
	startThreshold, minThreshold, maxThreshold = 12.5, 6.0, 600.0
	// spike is how far above the threshold a sample has to lie, in ms, to be
	// taken for a sudden change of the path, which must not raise it.
	spike = 15.0
	// longestStep bounds the time that one sample stands for.
	longestStep = 100 * time.Millisecond
)

// threshold is what the delay's trend is compared with. It follows the
// absolute trend, quickly or slowly up and otherwise down, so that flows that
// fill the queue themselves do not starve this one.
type threshold struct {
	// up and down are the gains K_u and K_d, per ms: the draft recommends
	// 0.01 and 0.00018, libwebrtc has 0.0087 and 0.039.
	up, down float64
	value    float64 // ms
	last     time.Duration
	started  bool
}

// update follows a sample of the trend, in ms.
func (t *threshold) update(trend float64, at time.Duration) {
	if !t.started {
		t.last, t.started = at, true
	}
	trend = math.Abs(trend)
	step := milliseconds(min(at-t.last, longestStep))
	t.last = at
	if trend > t.value+spike {
		return
	}
	gain := t.up
	if trend < t.value {
		gain = t.down
	}
	t.value += float64(float64(gain*(trend-t.value)) * step)
	t.value = min(max(t.value, minThreshold), maxThreshold)
}
