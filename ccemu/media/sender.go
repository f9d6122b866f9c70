package media

import (
	"math"
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/schedule"
)

const (
	// maxPacerDelay is how much may wait in the pacer: as long as it is more,
	// the encoder skips frames. (libwebrtc lets packets wait for 2 s and drains
	// the queue faster beyond.)
	maxPacerDelay = time.Second
	// reportWindow is for how long a packet is remembered for reports to tell
	// of; missingWindow is for how long that is so once one has told that it is
	// missing, repeatWindow for how long it can be repeated, and maxHistory the
	// most packets of each.
	reportWindow  = 10 * time.Second
	missingWindow = 3 * time.Second
	repeatWindow  = 3 * time.Second
	maxHistory    = 1 << 20
	// repeatSpan is the time over which the rate of repeated packets is
	// smoothed.
	repeatSpan = time.Second
)

// Sender encodes, paces and repeats the packets of one flow. The zero value is
// ready for Start, which may be called again and reuses the buffers.
type Sender struct {
	request  schedule.Cursor
	encoder  encoder
	pacer    pacer
	probe    cluster
	waiting  cluster // the probe to follow
	probes   int32   // that were decided
	target   float64
	targetAt time.Duration

	start      time.Duration
	fps        float64
	minBps     float64 // the least that encoder and codec can do together
	audioBps   float64
	audioBytes int32
	audioEvery time.Duration
	factor     float64 // of the pacer
	// What repeated packets take: since the last frame, and smoothed.
	repeatBytes int64
	repeatBps   float64
	repeatGain  float64 // for a frame
	maxPayload  int
	maxRepeats  int32
	frame       int32 // the next one's number
	captures    int64 // moments of frames that have been
	captureAt   time.Duration
	audioAt     time.Duration
	sent        history[record]
	repeatable  history[carried]
	report      feedback.Report
}

// record is what is kept of a packet until the receiver has told of it.
type record struct {
	feedback.Sent
	fate
}

// awaited reports whether there may be news of a packet.
func (r *record) awaited(now time.Duration) bool {
	switch r.fate {
	case unreported:
		return r.At > now-reportWindow
	case missing:
		return r.At > now-missingWindow
	}
	return false
}

// Start begins a flow, which is valid and has its defaults. Time 0 is the
// session's start.
func (s *Sender) Start(f *Flow, seed uint64) {
	s.pacer.clear()
	s.sent.clear()
	s.repeatable.clear()
	*s = Sender{
		request:    schedule.Cursor{Steps: f.RequestKbps.Compile(1000)},
		encoder:    newEncoder(&f.Video, seed),
		pacer:      s.pacer,
		target:     f.StartKbps * 1000,
		start:      schedule.Milliseconds(f.StartMs),
		fps:        f.Video.FPS,
		audioBps:   f.audioBps(),
		audioBytes: f.audioPacketBytes(),
		audioEvery: schedule.Milliseconds(f.Audio.PacketMs),
		factor:     f.PacingFactor,
		repeatGain: 1 - exp(-1/(f.Video.FPS*repeatSpan.Seconds())),
		maxPayload: f.Video.PayloadBytes,
		maxRepeats: int32(max(f.Retries, 0)),
		sent:       s.sent,
		repeatable: s.repeatable,
		report:     feedback.Report{Results: s.report.Results[:0]},
	}
	s.minBps = float64(f.Video.MinKbps*1000) + s.audioBps
	s.captureAt, s.audioAt = s.start, s.start
	if s.audioBytes == 0 {
		s.audioAt = schedule.Never
	}
	s.pace(0)
}

// NextAt is when the sender next wants Emit to be called.
func (s *Sender) NextAt() time.Duration {
	at := min(s.captureAt, s.audioAt)
	if s.probe.active() {
		at = min(at, s.probe.next)
	} else if s.pacer.bytes > 0 {
		at = min(at, s.pacer.next)
	}
	return at
}

// Emit handles what is due and reports whether *p leaves now; call it again
// until it does not.
func (s *Sender) Emit(now time.Duration, p *Packet) bool {
	for s.captureAt <= now {
		s.capture()
	}
	switch {
	case s.audioAt <= now:
		s.leave(now, p, &carried{media: -1, captured: s.audioAt, frame: -1, count: 1, bytes: s.audioBytes}, feedback.Audio)
		s.audioAt += s.audioEvery
	case s.probe.active():
		if s.probe.next > now {
			return false
		}
		if s.pacer.bytes > 0 {
			s.leaveVideo(now, p)
		} else {
			s.leave(now, p, &carried{media: -1, captured: now, frame: -1, count: 1, bytes: probeBytes}, feedback.Probe)
		}
	case s.pacer.bytes > 0 && s.pacer.next <= now:
		s.pacer.left(now, s.leaveVideo(now, p))
	default:
		return false
	}
	return true
}

// capture encodes the frame of captureAt.
func (s *Sender) capture() {
	at := s.captureAt
	s.captures++
	s.captureAt = s.start + time.Duration(math.Round(float64(s.captures)*1e9/s.fps))
	bps := s.encoderBps(min(s.target, s.RequestBps(at)) - s.audioBps)
	if s.pacer.delay() > maxPacerDelay {
		s.encoder.skip(bps)
		return
	}
	bytes, key := s.encoder.encode(at, bps)
	s.pacer.addFrame(pending{captured: at, number: s.frame, key: key}, bytes, s.maxPayload)
	s.frame++
}

// encoderBps is what of a rate for video is the encoder's: not what repeated
// packets have lately taken, of which it makes up at most a half. (libwebrtc
// shares the rate so between encoder and protection.)
func (s *Sender) encoderBps(bps float64) float64 {
	s.repeatBps += float64(s.repeatGain * (float64(s.repeatBytes)*8*s.fps - s.repeatBps))
	s.repeatBytes = 0
	return bps - min(s.repeatBps, max(bps, 0)/2)
}

// leaveVideo makes the packet that is next in the pacer leave, and returns its
// size.
func (s *Sender) leaveVideo(now time.Duration, p *Packet) int32 {
	c, kind := s.pacer.take()
	if kind == feedback.Video {
		oldest := s.repeatable.oldest()
		s.repeatable.push(c, oldest != nil && oldest.captured > now-repeatWindow, maxHistory)
	} else {
		s.repeatBytes += int64(c.bytes)
	}
	s.leave(now, p, &c, kind)
	return c.bytes
}

// leave makes a packet leave now, as part of the probe if there is one.
func (s *Sender) leave(now time.Duration, p *Packet, c *carried, kind feedback.Kind) {
	p.Sent = feedback.Sent{Sequence: s.sent.next(), At: now, SizeBytes: c.bytes, Frame: c.frame, Kind: kind}
	p.Media, p.Index, p.Count, p.Key, p.Captured = c.media, c.index, c.count, c.key, c.captured
	if s.probe.active() {
		p.Cluster = s.probe.number
		if s.probe.left(now, c.bytes); !s.probe.active() {
			s.pacer.next = max(s.pacer.next, s.probe.next)
			if s.waiting.active() {
				s.probe.begin(s.waiting.number, s.probe.next, s.waiting.bps)
				s.waiting = cluster{}
			}
		}
	} else {
		p.AppLimited = s.pacer.bytes == 0
	}
	oldest := s.sent.oldest()
	s.sent.push(record{Sent: p.Sent}, oldest != nil && oldest.awaited(now), maxHistory)
}

// SetTarget sets the rate to send at. What is no rate counts as 0, at which
// the sender sends the least that it can.
func (s *Sender) SetTarget(now time.Duration, bps float64) {
	s.target, s.targetAt = 0, now
	if bps > 0 {
		s.target = min(bps, maxKbps*1000)
	}
	s.pace(now)
}

// pace sets the pacer's rate to what follows from the target, of which it can
// always send the least.
func (s *Sender) pace(now time.Duration) {
	s.pacer.setRate(now, s.factor*max(s.target, s.minBps))
}

// Probe starts a probe cluster: at least 5 packets and 15 ms at a rate, of
// what waits in the pacer and then of packets that carry nothing. Meanwhile
// the pacer rests; audio does not wait, and counts as part of it. One probe may
// wait for another's end, and makes way for a third.
func (s *Sender) Probe(now time.Duration, bps float64) {
	if !(bps > 0) {
		return
	}
	bps = min(bps, maxKbps*1000)
	s.probes++
	if s.probe.active() {
		s.waiting.begin(s.probes, 0, bps)
	} else {
		s.probe.begin(s.probes, max(now, s.start), bps)
	}
}

// State writes the sender's state.
func (s *Sender) State(now time.Duration, st *feedback.Sender) {
	*st = feedback.Sender{
		Now: now, RequestBps: s.RequestBps(now), TargetBps: s.target, TargetAt: s.targetAt,
		PacerBytes: s.pacer.bytes, PacerDelay: s.pacer.delay(),
	}
}

// RequestBps returns how much the application wants to send. Times must not
// decrease.
func (s *Sender) RequestBps(now time.Duration) float64 {
	bps, _ := s.request.Seek(now)
	return bps
}
