package genet

import "trailblazer/abrsim/policy"

// view is what the network sees of a video that plays.
type view struct {
	video  *policy.Video
	layout [branches]branch
	inputs [inputs]float32
}

func (v *view) begin(video *policy.Video) {
	*v = view{video: video, layout: layout()}
}

// look enters the last download. Each number is computed in float64 in the
// order of the reference's state and then rounded.
func (v *view) look(now *policy.View) {
	of := func(branch int) []float32 { return v.inputs[v.layout[branch].begin:v.layout[branch].end] }
	newest := func(branch int, x float64) {
		row := of(branch)
		copy(row, row[1:])
		row[len(row)-1] = float32(x)
	}
	ladder := v.video.BitratesKbps
	newest(branchBitrate, float64(ladder[now.LastLevel])/float64(ladder[levels-1]))
	newest(branchBuffer, now.BufferMs/1000/10)
	newest(branchThroughput, now.SizeBytes/now.DelayMs/1000)
	newest(branchDownload, now.DelayMs/1000/10)
	newest(branchRemaining, float64(v.video.Chunks-now.Chunk)/float64(v.video.Chunks))
	sizes := of(branchSizes)
	for level := range sizes {
		sizes[level] = float32(v.video.SizeBytes(now.Chunk, level) / 1000 / 1000)
	}
}
