package optimal

import "golang.org/x/sys/cpu"

// lanes is how many numbers the kernels below compute at once, and the least
// that they take.
const lanes = 8

// vectors says whether this machine has what the kernels need.
func vectors() bool { return cpu.X86.HasAVX2 }

// chooseAVX2 is choosePlain for at least lanes rooms.
//
//go:noescape
func chooseAVX2(out, future, climb, quality, steps *float32, rooms, levels, stride int)

// moveAVX2 is movePlain for n of at least lanes.
//
//go:noescape
func moveAVX2(into, early, late *float32, n int, share, room float32)

// chooseLevels is choosePlain, faster where the machine allows.
func chooseLevels(out, future, climb, quality, steps []float32, rooms, stride int) {
	if rooms < lanes || !vectors() {
		choosePlain(out, future, climb, quality, steps, rooms, stride)
		return
	}
	levels := len(quality)
	_, _, _, _ = out[(levels-1)*stride+rooms-1], future[levels*rooms-1], climb[levels*rooms-1], steps[levels-1]
	chooseAVX2(&out[0], &future[0], &climb[0], &quality[0], &steps[0], rooms, levels, stride)
}

// moveRooms is movePlain, faster where the machine allows.
func moveRooms(into, early, late []float32, share, room float32) {
	n := len(into)
	if n < lanes || !vectors() {
		movePlain(into, early, late, share, room)
		return
	}
	_, _ = early[n], late[n]
	moveAVX2(&into[0], &early[0], &late[0], n, share, room)
}
