//go:build !amd64

package optimal

func chooseLevels(out, future, climb, quality, steps []float32, rooms, stride int) {
	choosePlain(out, future, climb, quality, steps, rooms, stride)
}

func moveRooms(into, early, late []float32, share, room float32) {
	movePlain(into, early, late, share, room)
}
