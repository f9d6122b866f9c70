package ccemu

import "time"

const (
	// meterSlot and meterSlots span the second over which throughput is
	// measured.
	meterSlot  = 100 * time.Millisecond
	meterSlots = 10
)

// meter measures throughput over the last second.
type meter struct {
	bytes [meterSlots]int64
	slot  int64 // the latest, counted from the session's beginning
}

func (m *meter) add(now time.Duration, bytes int32) {
	m.turn(now)
	m.bytes[m.slot%meterSlots] += int64(bytes)
}

// turn begins new slots.
func (m *meter) turn(now time.Duration) {
	slot := int64(now / meterSlot)
	if slot-m.slot >= meterSlots {
		m.bytes, m.slot = [meterSlots]int64{}, slot
		return
	}
	for m.slot < slot {
		m.slot++
		m.bytes[m.slot%meterSlots] = 0
	}
}

// bps is the mean rate since the beginning of the slot nine slots ago, or of
// the session.
func (m *meter) bps(now time.Duration) float64 {
	m.turn(now)
	sum := int64(0)
	for _, bytes := range m.bytes {
		sum += bytes
	}
	span := now - max(0, time.Duration(m.slot-meterSlots+1)*meterSlot)
	if span <= 0 {
		return 0
	}
	return float64(8*sum) / span.Seconds()
}
