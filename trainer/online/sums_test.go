package online

import (
	"testing"

	"trailblazer/trainer/rl"
)

// TestReturnsAreRecent: what was long ago is not told any more, and what is known
// stays known where no episode ends.
func TestReturnsAreRecent(t *testing.T) {
	var r returns
	play := func(list ...float64) {
		e := new(rl.Experience)
		for _, one := range list {
			e.Episodes = append(e.Episodes, rl.EpisodeResult{Return: one})
		}
		r.add(e)
	}
	if play(); r.known != nil {
		t.Errorf("nothing has ended, and the return is %v", *r.known)
	}
	play(-1530)
	for _, test := range []struct {
		play []float64
		want float64
	}{
		{[]float64{30, 0}, -500}, {nil, -500}, {nil, -500}, {[]float64{70}, -357.5}, {nil, 100. / 3}, {nil, 70}, {nil, 70}, {nil, 70}, {nil, 70}, {[]float64{1}, 1},
	} {
		if play(test.play...); *r.known != test.want {
			t.Errorf("after %v the return is %v, want %v", test.play, *r.known, test.want)
		}
	}
}
