package optimal

// Points are the table's grid: times in seconds, and buffers in milliseconds.
func (t *Table) Points() (timesS, buffersMs []float64) {
	for i := range t.time.n {
		timesS = append(timesS, t.time.point(i))
	}
	for j := range t.room.n {
		buffersMs = append(buffersMs, t.room.point(j))
	}
	return timesS, buffersMs
}

// At is what the table holds of a point of the grid.
func (t *Table) At(chunk, last, time, room int) float64 {
	return float64(t.layer(chunk, last)[time*t.room.n+room])
}
