package splitmix

import "testing"

// TestMix checks the first outputs of splitmix64 for the seed 1234567, known
// from the generator's public test vectors.
func TestMix(t *testing.T) {
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := Mix(1234567, uint64(i)); got != want {
			t.Errorf("output %d: %d, want %d", i, got, want)
		}
	}
}
