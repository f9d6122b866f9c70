package trace

import "trailblazer/internal/contenthash"

// Digest is the SHA-256 of what a simulator plays: numbers and their order,
// not names and not the text they were parsed from.
type Digest = contenthash.Digest

// HashTraces hashes a trace set: times and bandwidths, in order.
func HashTraces(traces []Trace) Digest {
	h := contenthash.New("trailblazer trace set v1")
	h.Integer(len(traces))
	for i := range traces {
		h.Numbers(traces[i].TimesS)
		h.Numbers(traces[i].BandwidthMbps)
	}
	return h.Digest()
}

// HashVideo hashes a video: ladder, chunk length and sizes.
func HashVideo(v Video) Digest {
	h := contenthash.New("trailblazer video v1")
	h.Integers(v.BitratesKbps)
	h.Integer(v.ChunkMs)
	h.Integer(len(v.SizesBytes))
	for _, sizes := range v.SizesBytes {
		h.Integers(sizes)
	}
	return h.Digest()
}

// HashPointers hashes a start pointer list.
func HashPointers(pointers []int) Digest {
	h := contenthash.New("trailblazer start pointers v1")
	h.Integers(pointers)
	return h.Digest()
}
