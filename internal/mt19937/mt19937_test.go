package mt19937

import (
	"slices"
	"testing"
)

// TestUint32 checks the twister itself: the values that the C++ standard
// requires of mt19937 with its default seed.
func TestUint32(t *testing.T) {
	r := New(5489)
	first := r.Uint32()
	last := first
	for range 9999 {
		last = r.Uint32()
	}
	if first != 3499211612 || last != 4123659995 {
		t.Errorf("first %d, 10000th %d; want 3499211612 and 4123659995", first, last)
	}
}

// TestNumPy checks a mixed sequence of draws against numpy.random.RandomState
// 2.4.6: shuffle(arange(10)), uniform(0.9, 1.1), randint(1, 1000),
// randint(0, 2**40), randint(0, 2**32), randint(5, 6), randint(-5, 3),
// random_sample().
func TestNumPy(t *testing.T) {
	tests := []struct {
		seed    uint32
		shuffle []int
		uniform float64
		ints    []int
		sample  float64
	}{
		{0, []int{2, 8, 4, 9, 1, 6, 7, 3, 0, 5}, 0.9875174422525386, []int{71, 931851835992, 1171049868, 5, -3}, 0.47766511732134986},
		{1, []int{2, 9, 6, 4, 0, 3, 1, 7, 8, 5}, 0.9775821482324015, []int{509, 579543727385, 2314200242, 5, -1}, 0.4191945144032948},
		{666, []int{5, 7, 0, 9, 3, 4, 8, 1, 6, 2}, 0.9562336982785591, []int{738, 271585388944, 860056622, 5, -5}, 0.744154168814097},
		{998244353, []int{7, 6, 1, 3, 8, 2, 5, 4, 9, 0}, 0.9490905447827357, []int{731, 11963657087, 4020919215, 5, -3}, 0.5040645945291995},
		{1<<32 - 1, []int{6, 9, 5, 1, 8, 0, 7, 4, 2, 3}, 1.000877218832337, []int{108, 50248231114, 3905736219, 5, 0}, 0.5537363115925001},
	}
	for _, test := range tests {
		r := New(test.seed)
		order := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		if !slices.Equal(order, test.shuffle) {
			t.Errorf("seed %d: shuffle %v, want %v", test.seed, order, test.shuffle)
		}
		if got := r.Uniform(0.9, 1.1); got != test.uniform {
			t.Errorf("seed %d: uniform %v, want %v", test.seed, got, test.uniform)
		}
		ints := []int{r.RandInt(1, 1000), r.RandInt(0, 1<<40), r.RandInt(0, 1<<32), r.RandInt(5, 6), r.RandInt(-5, 3)}
		if !slices.Equal(ints, test.ints) {
			t.Errorf("seed %d: randint %v, want %v", test.seed, ints, test.ints)
		}
		if got := r.Float64(); got != test.sample {
			t.Errorf("seed %d: sample %v, want %v", test.seed, got, test.sample)
		}
	}
}

// TestReferencePolicyDraws checks the draws by which the reference samples
// its policy with its default seed.
func TestReferencePolicyDraws(t *testing.T) {
	r := New(100003)
	for i, want := range []int{99, 224, 202, 437, 617, 548, 549, 606} {
		if got := r.RandInt(1, 1000); got != want {
			t.Errorf("draw %d: %d, want %d", i, got, want)
		}
	}
}

func TestSnapshot(t *testing.T) {
	for _, drawn := range []int{0, 1, 623, 624, 625, 5000} {
		r := New(42)
		for range drawn {
			r.Uint32()
		}
		b, err := r.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if len(b) != marshaledSize {
			t.Fatalf("%d bytes, want %d", len(b), marshaledSize)
		}
		var restored RNG
		if err := restored.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		for i := range 2000 {
			if got, want := restored.Uint32(), r.Uint32(); got != want {
				t.Fatalf("after %d draws: draw %d of the restored generator is %d, want %d", drawn, i, got, want)
			}
		}
	}
}

func TestSnapshotRefused(t *testing.T) {
	good, _ := New(1).MarshalBinary()
	outside := slices.Clone(good)
	outside[2], outside[3] = 0xff, 0xff
	for name, b := range map[string][]byte{
		"nothing": nil, "short": good[:100], "long": append(slices.Clone(good), 0), "other magic": append([]byte{'X'}, good[1:]...), "index outside": outside,
	} {
		r := New(7)
		if err := r.UnmarshalBinary(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if *r != *New(7) {
			t.Errorf("%s: changed the generator", name)
		}
	}
}

func BenchmarkUint32(b *testing.B) {
	r := New(1)
	for b.Loop() {
		r.Uint32()
	}
}
