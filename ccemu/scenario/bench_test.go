package scenario

import "testing"

// BenchmarkDraw draws sessions of training.
func BenchmarkDraw(b *testing.B) {
	s, err := Find("cc/train")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	seed := uint64(0)
	for b.Loop() {
		if _, err := s.Draw(seed, nil); err != nil {
			b.Fatal(err)
		}
		seed++
	}
}
