package gcc

import "time"

// Constants of libwebrtc's TrendlineEstimator.
const (
	trendWindow    = 20  // groups in the window (kDefaultTrendlineWindowSize)
	trendSmoothing = 0.9 // weight of the past (kDefaultTrendlineSmoothingCoeff)
	trendGain      = 4.0 // kDefaultTrendlineThresholdGain
)

// trendline estimates how fast the one-way delay grows: the slope of the line
// of least squares through the smoothed delays of the last groups. It is near
// (sending rate - capacity) / capacity while a queue builds up.
type trendline struct {
	at, delay             [trendWindow]float64 // arrival and smoothed delay, ms
	groups                int                  // that were added
	first                 time.Duration
	accumulated, smoothed float64 // ms
	slope                 float64
}

// add implements filter. The slope is in milliseconds per millisecond, and 0
// until the window is full.
func (t *trendline) add(sent, arrived, arrival time.Duration) float64 {
	if t.groups == 0 {
		t.first = arrival
	}
	t.accumulated += milliseconds(arrived - sent)
	t.smoothed = float64(trendSmoothing*t.smoothed) + float64((1-trendSmoothing)*t.accumulated)
	i := t.groups % trendWindow
	t.at[i], t.delay[i] = milliseconds(arrival-t.first), t.smoothed
	if t.groups++; t.groups >= trendWindow {
		t.fit()
	}
	return t.slope
}

// fit keeps the slope that it had when all groups arrived at once.
func (t *trendline) fit() {
	meanAt, meanDelay := 0.0, 0.0
	for i := range trendWindow {
		meanAt += t.at[i]
		meanDelay += t.delay[i]
	}
	meanAt /= trendWindow
	meanDelay /= trendWindow
	covariance, variance := 0.0, 0.0
	for i := range trendWindow {
		x := t.at[i] - meanAt
		covariance += float64(x * (t.delay[i] - meanDelay))
		variance += float64(x * x)
	}
	if variance > 0 {
		t.slope = covariance / variance
	}
}

func (t *trendline) reset() { *t = trendline{} }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
