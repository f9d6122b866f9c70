package abrsim

// Capacity is how many video bytes the link carries in durationMs
// milliseconds from c, and the place reached: what [Link.Transfer] inverts, up
// to rounding. Planners bound their search with it.
func (l *Link) Capacity(c Cursor, durationMs float64) (bytes float64, next Cursor) {
	leftS := durationMs / 1000
	i, timeS := int(c.Segment), c.TimeS
	s := &l.segments[i]
	for s.endS-timeS <= leftS {
		leftS -= s.endS - timeS
		bytes += float64(float64(s.bytesPerS*(s.endS-timeS)) * l.portion)
		timeS = s.endS
		i++
		if i == len(l.segments) {
			i, timeS = int(l.first), 0
		}
		s = &l.segments[i]
	}
	return bytes + float64(float64(s.bytesPerS*leftS)*l.portion), Cursor{Segment: int32(i), TimeS: timeS + leftS}
}
