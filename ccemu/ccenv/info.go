package ccenv

import (
	"math"

	"trailblazer/api/env"
	"trailblazer/ccemu/feature"
)

// The leaves of info. The first are of the whole session, the next have one
// number per flow.
const (
	infoThroughput = iota
	infoDelay
	infoLoss
	infoStall
	infoTime

	infoBottleneck
	infoCapacity
	infoRequest
	infoTarget
	infoTargetAge
	infoPacerBytes
	infoPacerDelay
	infoLabel
	infoLabelRequest
	infoAPE
	infoPredicted
	infoGood
	infoSend
	infoReceive
	infoMedia
	infoLossShare
	infoQueueDelay
	infoArrived
	infoPlayed
	infoStalled100
	infoStalled200
	infoStalled500

	infoPresent
	// Shown only if the config says so.
	infoSent
	infoReports
	infoResults
)

func (f *Factory) infoSpace() *env.Dict {
	inf := math.Inf(1)
	shape := f.perFlow(nil)
	one := func(key, unit, description string, low, high float64) env.Entry {
		return env.Entry{Key: key, Space: &env.Box{DType: env.Float64, Low: []float64{low}, High: []float64{high},
			Features: []env.Feature{{Name: key, Unit: unit, Description: description}}}}
	}
	each := func(key, unit, description string, low, high float64) env.Entry {
		return env.Entry{Key: key, Space: &env.Box{DType: env.Float64, Shape: shape, Low: []float64{low}, High: []float64{high},
			Features: []env.Feature{{Name: key, Unit: unit, Description: description}}}}
	}
	penalty := func(key, description string) env.Entry { return one(key, "1", description, -inf, 0) }
	present := &env.Box{DType: env.Int8, Shape: f.perFlow([]int{feature.Count}), Low: []float64{0}, High: []float64{1}}
	entries := []env.Entry{
		infoThroughput: one("reward_throughput", "1", "share of the request that arrived, probes apart", 0, 1),
		infoDelay:      penalty("reward_delay", "minus the penalty for queueing"),
		infoLoss:       penalty("reward_loss", "minus the penalty for losses"),
		infoStall:      penalty("reward_stall", "minus the penalty for standstill"),
		infoTime:       one("time_ms", "ms", "time since the session began", 0, inf),

		infoBottleneck:   each("bottleneck_kbps", "kbps", "bandwidth that there is for the flow in the coming step: the expert's action; privileged", 0, inf),
		infoCapacity:     each("capacity_kbps", "kbps", "rate of the bottleneck in the coming step, whoever uses it; privileged", 0, inf),
		infoRequest:      each("request_kbps", "kbps", "what the application wants to send now", 0, inf),
		infoTarget:       each("target_kbps", "kbps", "rate in force", 0, inf),
		infoTargetAge:    each("target_age_ms", "ms", "time since it took effect", 0, inf),
		infoPacerBytes:   each("pacer_bytes", "B", "bytes waiting in the pacer", 0, inf),
		infoPacerDelay:   each("pacer_delay_ms", "ms", "how long they will", 0, inf),
		infoLabel:        each("label_kbps", "kbps", "bandwidth that the last action ought to have predicted; privileged", 0, inf),
		infoLabelRequest: each("label_request_kbps", "kbps", "request when it was predicted", 0, inf),
		infoAPE:          each("ape", "1", "error of the last action, or where it missed the deadline of the one in force, relative to label or request, whichever is less (eq. 7 of the paper); 0 where it does not count", 0, inf),
		infoPredicted:    each("ape_counts", "1", "1 where the last action's error counts: there was an action, and at least 50 kbps", 0, 1),
		infoGood:         each("good_conditions", "1", "1 where the paper's scheduler would have called the conditions good before the last action", 0, 1),
		infoSend:         each("send_kbps", "kbps", "sent in the last step", 0, inf),
		infoReceive:      each("receive_kbps", "kbps", "arrived in the last step", 0, inf),
		infoMedia:        each("media_kbps", "kbps", "arrived in the last step, but for probe packets", 0, inf),
		infoLossShare:    each("loss_share", "1", "share of the packets lost or dropped, of those whose way ended in the last step", 0, 1),
		infoQueueDelay:   each("queue_delay_ms", "ms", "mean time in the bottleneck of the packets that arrived in the last step; 0 where none did", 0, inf),
		infoArrived:      each("arrivals", "1", "1 where packets arrived in the last step", 0, 1),
		infoPlayed:       each("played_ms", "ms", "playback time of the last step, standstill included", 0, inf),
		infoStalled100:   each("stalled_100_ms", "ms", "change of the time that the video has stood still in gaps of at least 100 ms", -inf, inf),
		infoStalled200:   each("stalled_200_ms", "ms", "the same of gaps of at least 200 ms", -inf, inf),
		infoStalled500:   each("stalled_500_ms", "ms", "the same of gaps of at least 500 ms", -inf, inf),

		infoPresent: {Key: "observation_present", Space: present},
	}
	if !f.config.Packets {
		return &env.Dict{Entries: entries}
	}
	rows := func(key string, columns []env.Feature) env.Entry {
		return env.Entry{Key: key, Space: &env.Sequence{Element: &env.Box{DType: env.Float64, Shape: []int{len(columns)},
			Low: []float64{-inf}, High: []float64{inf}, Features: columns}}}
	}
	return &env.Dict{Entries: append(entries,
		rows("packets_sent", sentColumns), rows("reports", reportColumns), rows("results", resultColumns))}
}

// perFlow is the shape of something that each flow has: with one flow it is
// the thing's own.
func (f *Factory) perFlow(shape []int) []int {
	if f.config.Flows == 1 {
		return shape
	}
	return append([]int{f.config.Flows}, shape...)
}

// show writes observation and info to a row.
func (p *play) show(out *env.Batch, row int) {
	observation := env.Row[float32](&out.Observation[0], row)
	present := env.Row[int8](&out.Info[infoPresent], row)
	for i := range p.flows {
		f := &p.flows[i]
		from, to := i*feature.Count, (i+1)*feature.Count
		f.tracker.Observe(&f.sender, observation[from:to], present[from:to])
	}
	p.writeInfo(out.Info, row)
}

func (p *play) writeInfo(out env.Arrays, row int) {
	one := func(leaf int, value float64) { env.Row[float64](&out[leaf], row)[0] = value }
	one(infoThroughput, p.reward.throughput)
	one(infoDelay, -p.reward.delay)
	one(infoLoss, -p.reward.loss)
	one(infoStall, -p.reward.stall)
	one(infoTime, milliseconds(p.emulator.Now()))
	for i := range p.flows {
		f := &p.flows[i]
		m, s := &f.measured, &f.sender
		set := func(leaf int, value float64) { env.Row[float64](&out[leaf], row)[i] = value }
		set(infoBottleneck, f.truth.AvailableBps/1000)
		set(infoCapacity, f.truth.CapacityBps/1000)
		set(infoRequest, s.RequestBps/1000)
		set(infoTarget, s.TargetBps/1000)
		set(infoTargetAge, milliseconds(s.Now-s.TargetAt))
		set(infoPacerBytes, float64(s.PacerBytes))
		set(infoPacerDelay, milliseconds(s.PacerDelay))
		set(infoLabel, m.labelBps/1000)
		set(infoLabelRequest, m.requestBps/1000)
		set(infoAPE, m.ape)
		set(infoPredicted, flag(m.predicted))
		set(infoGood, flag(m.good))
		set(infoSend, m.sendBps/1000)
		set(infoReceive, m.recvBps/1000)
		set(infoMedia, m.mediaBps/1000)
		set(infoLossShare, m.lossShare)
		arrived := !math.IsNaN(m.queueDelayMs)
		set(infoArrived, flag(arrived))
		set(infoQueueDelay, 0)
		if arrived {
			set(infoQueueDelay, m.queueDelayMs)
		}
		set(infoPlayed, m.playedMs)
		for k, leaf := range [...]int{infoStalled100, infoStalled200, infoStalled500} {
			set(leaf, m.stalledMs[k])
		}
	}
	if p.factory.config.Packets {
		p.writePackets(out, row)
	}
}
