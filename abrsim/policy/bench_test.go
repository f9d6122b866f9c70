package policy

import "testing"

// BenchmarkChoose asks each rule for the decisions that it makes on fcc-test
// with video1, in turn.
func BenchmarkChoose(b *testing.B) {
	s := loadSet(b, "fcc-test", "video1_sizes")
	for _, name := range []string{"fixed", "random", "rate-based", "bba", "bba-tuned", "bba-0", "bola", "bola-finite", "mpc", "robust-mpc", "mpc-tuned"} {
		b.Run(name, func(b *testing.B) {
			seen := &recorder{Rule: newRule(b, name)}
			s.play(b, seen, func(int, download) {})
			rule := seen.Rule
			if err := rule.Start(seen.video, 1); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := rule.Choose(&seen.views[i]); err != nil {
					b.Fatal(err)
				}
				if i++; i == len(seen.views) {
					i = 0
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
		})
	}
}

// recorder keeps the views that a rule sees.
type recorder struct {
	Rule
	video *Video
	views []View
}

func (r *recorder) Start(v *Video, seed uint64) error {
	r.video = v
	return r.Rule.Start(v, seed)
}

func (r *recorder) Choose(now *View) (int, error) {
	r.views = append(r.views, *now)
	return r.Rule.Choose(now)
}
