package nettrace

import "trailblazer/internal/contenthash"

// Digest is the SHA-256 of what an emulator plays: numbers and their order,
// not names and not the text they were parsed from.
type Digest = contenthash.Digest

// HashTraces hashes a set of traces, in order.
func HashTraces(traces []Trace) Digest {
	h := contenthash.New("trailblazer network traces v1")
	h.Integer(len(traces))
	for i := range traces {
		t := &traces[i]
		hashDirection(h, &t.Forward)
		hashDirection(h, &t.Reverse)
		reordering := 0
		if t.Reordering {
			reordering = 1
		}
		h.Integer(reordering)
	}
	return h.Digest()
}

func hashDirection(h *contenthash.Hasher, d *Direction) {
	h.Number(d.LengthMs)
	h.Integer(len(d.OpportunitiesMs))
	for _, ms := range d.OpportunitiesMs {
		h.Integer(int(ms))
	}
	for _, s := range []*Series{&d.Kbps, &d.DelayMs, &d.LossShare} {
		h.Numbers(s.AtMs)
		h.Numbers(s.Values)
	}
	h.Number(d.JitterMs)
	h.Integer(d.QueuePackets)
}
