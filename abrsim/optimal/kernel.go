package optimal

// The two loops in which a table spends its time, in plain Go. On amd64 there is
// assembly that computes the same to the bit.

// choosePlain computes, for each last level and room, the most that a level and
// its future bring, where the changes between neighbours of the ladder add up
// (see [metric.best]):
//
//	out[last*stride + room] = max over level of quality[level] + future[level*rooms + room] − Σ steps between last and level
//
// What a level brings spreads to its neighbours: once upwards, into climb of
// levels × rooms, and once downwards. steps[l] is from l−1 to l.
func choosePlain(out, future, climb, quality, steps []float32, rooms, stride int) {
	levels := len(quality)
	for j := range rooms {
		reach := future[j] + quality[0]
		climb[j] = reach
		for level := 1; level < levels; level++ {
			reach = larger(reach-steps[level], future[level*rooms+j]+quality[level])
			climb[level*rooms+j] = reach
		}
		out[(levels-1)*stride+j] = reach
		for level := levels - 2; level >= 0; level-- {
			reach = larger(reach-steps[level+1], climb[level*rooms+j])
			out[level*stride+j] = reach
		}
	}
}

// movePlain reads between two rows of the table, a share of the way from early
// to late, and between their rooms, a part room of the way to the next, for one
// room after the other. The rows are longer than into by one.
func movePlain(into, early, late []float32, share, room float32) {
	between := func(k int) float32 { return early[k] + float32(share*(late[k]-early[k])) }
	x := between(0)
	for k := range into {
		y := between(k + 1)
		into[k] = x + float32(room*(y-x))
		x = y
	}
}

// larger is the larger number as vector units choose it: b where both are 0.
func larger(a, b float32) float32 {
	if a > b {
		return a
	}
	return b
}
