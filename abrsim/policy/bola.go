package policy

import "math"

// bola is BOLA-BASIC, or with finite set BOLA-FINITE in the variant BOLA-U.
// Source: Spiteri, Urgaonkar and Sitaraman, "BOLA: Near-Optimal Bitrate
// Adaptation for Online Videos" (INFOCOM 2016), section 4 and algorithm 1.
//
// With Q the buffer in chunks, p the chunk's length in seconds, S_m the bytes
// of a nominal chunk of level m and v_m = ln(S_m/S_0) its utility, the level
// is
//
//	argmax over m of (V·(v_m + γp) − Q) / S_m
//
// where γp weighs standing still against utility, and V is the largest that
// keeps the buffer below Qmax, the player's cap or a smaller target:
//
//	V = (Qmax − 1) / (v_top + γp)
//
// Where the paper would pause (the maximum is negative) the player's own cap
// pauses; the level is the same. On a tie the lower level wins.
//
// BOLA-FINITE adapts V near both ends of a video, so that it starts and ends
// with less buffer: with t the seconds played so far or left, whichever is
// less, Qmax becomes min(Qmax, max(t/2, 3p)/p). And it does not rise above
// the highest level whose nominal rate the last download sustained, or one
// above that where that level is at least the last one.
type bola struct {
	gammaP  float64
	targetS float64 // 0: the cap
	finite  bool

	video   *Video
	utility []float64
	bytes   []float64 // nominal
	chunkS  float64
	most    float64 // Qmax in chunks
}

func (b *bola) Start(v *Video, _ uint64) error {
	if b.video == v {
		return nil
	}
	b.video = v
	b.chunkS = v.ChunkMs / 1000
	levels := v.Levels()
	b.utility, b.bytes = make([]float64, levels), make([]float64, levels)
	for m, kbps := range v.BitratesKbps {
		b.bytes[m] = float64(kbps) * v.ChunkMs / 8
		// Rounded because the last bits of a logarithm differ between
		// platforms.
		b.utility[m] = math.Round(math.Log(float64(kbps)/float64(v.BitratesKbps[0]))*1e12) / 1e12
	}
	b.most = v.CapMs / v.ChunkMs
	if b.targetS > 0 {
		b.most = min(b.most, b.targetS/b.chunkS)
	}
	return nil
}

func (b *bola) Choose(now *View) (int, error) {
	most := b.most
	if b.finite {
		// Played so far is what was downloaded less what is still buffered.
		chunks := float64(now.Chunk)
		played := chunks*b.chunkS - now.BufferMs/1000
		left := (float64(b.video.Chunks) - chunks) * b.chunkS
		t := max(min(played, left)/2, 3*b.chunkS)
		most = min(most, t/b.chunkS)
	}
	level := b.argmax(now.BufferMs/b.video.ChunkMs, most)
	if !b.finite || level <= now.LastLevel || now.DelayMs == 0 {
		return level, nil
	}
	sustained := b.video.highestBelow(now.rateKbps())
	switch {
	case sustained >= level:
		return level, nil
	case sustained < now.LastLevel:
		return now.LastLevel, nil
	}
	return sustained + 1, nil
}

// argmax is the level for a buffer of q chunks that is to stay below most.
func (b *bola) argmax(q, most float64) int {
	// A cap of a chunk or less leaves nothing to weigh.
	v := max(most-1, 0) / (b.utility[len(b.utility)-1] + b.gammaP)
	level, best := 0, math.Inf(-1)
	for m := range b.bytes {
		if score := (float64(v*(b.utility[m]+b.gammaP)) - q) / b.bytes[m]; score > best {
			level, best = m, score
		}
	}
	return level
}
