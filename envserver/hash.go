package envserver

import (
	"encoding/binary"
	"hash/maphash"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// hashStep tells one step request from another, so that a retry is known from
// a different call with the same index.
func hashStep(seed maphash.Seed, request *trailblazerv1.StepRequest) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, t := range request.GetAction() {
		hashTensor(&h, t)
	}
	return h.Sum64()
}

// hashReset is hashStep for resets.
func hashReset(seed maphash.Seed, request *trailblazerv1.ResetRequest) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	hashNumber(&h, uint64(len(request.GetSeeds())))
	for _, s := range request.GetSeeds() {
		hashNumber(&h, s)
	}
	hashTensor(&h, request.GetMask())
	h.WriteString(request.GetOptionsJson())
	return h.Sum64()
}

func hashTensor(h *maphash.Hash, t *trailblazerv1.Tensor) {
	hashNumber(h, uint64(t.GetDtype()))
	hashNumber(h, uint64(len(t.GetShape())))
	for _, d := range t.GetShape() {
		hashNumber(h, uint64(d))
	}
	hashNumber(h, uint64(len(t.GetData())))
	h.Write(t.GetData())
	hashNumber(h, uint64(len(t.GetRowOffsets())))
	for _, offset := range t.GetRowOffsets() {
		hashNumber(h, uint64(offset))
	}
}

// hashTexts hashes each text with its length, so that none runs into the next.
func hashTexts(h *maphash.Hash, texts ...string) {
	for _, text := range texts {
		hashNumber(h, uint64(len(text)))
		h.WriteString(text)
	}
}

func hashNumber(h *maphash.Hash, n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	h.Write(b[:])
}
