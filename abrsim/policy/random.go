package policy

import "math/rand/v2"

// random chooses every level with the same probability. Its stream is PCG's
// and starts anew with each video.
type random struct {
	source rand.PCG
	levels int
}

func (r *random) Start(v *Video, seed uint64) error {
	r.levels = v.Levels()
	r.source.Seed(seed, 0x9e3779b97f4a7c15)
	return nil
}

func (r *random) Choose(*View) (int, error) {
	return rand.New(&r.source).IntN(r.levels), nil
}
