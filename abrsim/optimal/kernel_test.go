package optimal

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestKernels: the machine's kernels compute what plain Go does, to the bit, for
// every number of rooms and levels, and write nothing else.
func TestKernels(t *testing.T) {
	const seed = 5
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	numbers := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(random.NormFloat64() * 10)
		}
		return x
	}
	same := func(what string, rooms, levels int, got, want []float32) {
		t.Helper()
		for i := range want {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
				t.Fatalf("%s, %d rooms, %d levels: number %d is %v, want %v", what, rooms, levels, i, got[i], want[i])
			}
		}
	}
	for rooms := 1; rooms < 70; rooms++ {
		for levels := 1; levels < 8; levels++ {
			stride := rooms + random.IntN(50)
			out := numbers(levels*stride + 9)
			plain := append([]float32(nil), out...)
			future, quality, steps := numbers(levels*rooms), numbers(levels), numbers(levels)
			chooseLevels(out, future, make([]float32, levels*rooms), quality, steps, rooms, stride)
			choosePlain(plain, future, make([]float32, levels*rooms), quality, steps, rooms, stride)
			same("choose", rooms, levels, out, plain)
		}
		early, late := numbers(rooms+1), numbers(rooms+1)
		into := numbers(rooms + 9)
		plain := append([]float32(nil), into...)
		share, room := random.Float32(), random.Float32()
		moveRooms(into[:rooms], early, late, share, room)
		movePlain(plain[:rooms], early, late, share, room)
		same("move", rooms, 0, into, plain)
	}
}
