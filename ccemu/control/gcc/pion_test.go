package gcc_test

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/interceptor"
	piongcc "github.com/pion/interceptor/pkg/gcc"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtp"

	"trailblazer/ccemu/control/gcc"
	"trailblazer/ccemu/feedback"
)

// ours is a controller as an agent.
type ours struct{ feedback.Controller }

func (o ours) sent(p feedback.Sent)                       { o.OnSent(&p) }
func (o ours) report(r feedback.Report)                   { o.OnReport(&r) }
func (o ours) decide(s feedback.Sender) feedback.Decision { return o.Decide(&s) }

// pion is pion's sender as an agent. Its clock is time.Now, so that it needs a
// synctest bubble.
type pion struct {
	t        *testing.T
	began    time.Time
	bwe      *piongcc.SendSideBWE
	writer   interceptor.RTPWriter
	recorder *twcc.Recorder
}

const twccURI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

func newPion(t *testing.T, c gcc.Config) *pion {
	bwe, err := piongcc.NewSendSideBWE(
		piongcc.SendSideBWEInitialBitrate(int(c.StartBps)),
		piongcc.SendSideBWEMinBitrate(int(c.MinBps)),
		piongcc.SendSideBWEMaxBitrate(int(c.MaxBps)),
		piongcc.SendSideBWEPacer(piongcc.NewNoOpPacer()),
	)
	if err != nil {
		t.Fatal(err)
	}
	p := &pion{t: t, began: time.Now(), bwe: bwe, recorder: twcc.NewRecorder(2)}
	info := &interceptor.StreamInfo{SSRC: 1, RTPHeaderExtensions: []interceptor.RTPHeaderExtension{{URI: twccURI, ID: 1}}}
	p.writer = bwe.AddStream(info, interceptor.RTPWriterFunc(
		func(h *rtp.Header, payload []byte, _ interceptor.Attributes) (int, error) {
			return h.MarshalSize() + len(payload), nil
		}))
	return p
}

// reach lets the bubble's clock go on to a moment.
func (p *pion) reach(at time.Duration) { time.Sleep(time.Until(p.began.Add(at))) }

func (p *pion) sent(s feedback.Sent) {
	p.reach(s.At)
	h := &rtp.Header{Version: 2, SSRC: 1, SequenceNumber: uint16(s.Sequence)}
	extension, err := (&rtp.TransportCCExtension{TransportSequence: uint16(s.Sequence)}).Marshal()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := h.SetExtension(1, extension); err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.writer.Write(h, make([]byte, int(s.SizeBytes)-h.MarshalSize()), nil); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pion) report(r feedback.Report) {
	p.reach(r.At)
	for i := range r.Results {
		if x := &r.Results[i]; x.Received {
			p.recorder.Record(1, uint16(x.Sequence), x.Arrival.Microseconds())
		}
	}
	if err := p.bwe.WriteRTCP(p.recorder.BuildFeedbackPacket(), nil); err != nil {
		p.t.Fatal(err)
	}
	synctest.Wait()
}

func (p *pion) decide(s feedback.Sender) feedback.Decision {
	p.reach(s.Now)
	synctest.Wait()
	return feedback.Decision{TargetBps: float64(p.bwe.GetTargetBitrate())}
}

// patterns are the capacities over which pion and our draft are compared:
// kbps for 20 seconds each.
var patterns = []struct {
	name     string
	kbps     []float64
	feedback time.Duration
}{
	{"constant", []float64{1000, 1000, 1000}, 50 * time.Millisecond},
	{"up and down", []float64{1000, 2500, 600, 1000}, 100 * time.Millisecond},
	{"slow", []float64{300, 500, 200, 400}, 50 * time.Millisecond},
	{"stairs", []float64{800, 1200, 1600, 2000, 1500, 1000}, 50 * time.Millisecond},
	{"halves", []float64{4000, 2000, 1000, 500}, 100 * time.Millisecond},
}

const segment = 20 * time.Second

func play(a agent, kbps []float64, every time.Duration) (means []float64) {
	var mean float64
	var steps []step
	for i, k := range kbps {
		steps = append(steps, step{time.Duration(i) * segment, 1000 * k})
		mean += 1000 * k / float64(len(kbps))
	}
	f := &flow{
		path:     path{steps: steps, limitBytes: mean * 0.3 / 8, propagation: 50 * time.Millisecond},
		request:  always(100e6),
		feedback: every,
		interval: 50 * time.Millisecond,
		start:    300_000,
	}
	f.run(a, time.Duration(len(kbps))*segment)
	n := int(segment / f.interval)
	for i := range kbps {
		sum := 0.0
		for _, target := range f.targets[i*n : (i+1)*n] {
			sum += target
		}
		means = append(means, sum/float64(n))
	}
	return means
}

// TestAgainstPion plays the same media with pion's controller and with our
// draft, each over five capacities.
func TestAgainstPion(t *testing.T) {
	const tolerance = 0.15
	c := gcc.Config{StartBps: 300_000, MinBps: 50_000, MaxBps: 10e6}
	for _, x := range patterns {
		t.Run(x.name, func(t *testing.T) {
			var theirs []float64
			synctest.Test(t, func(t *testing.T) {
				p := newPion(t, c)
				theirs = play(p, x.kbps, x.feedback)
				if err := p.bwe.Close(); err != nil {
					t.Fatal(err)
				}
			})
			own := play(ours{gcc.NewDraft(gcc.DraftConfig{Config: c, FrozenNoise: true})}, x.kbps, x.feedback)
			free := play(ours{gcc.NewDraft(gcc.DraftConfig{Config: c})}, x.kbps, x.feedback)
			lib := play(ours{gcc.New(c)}, x.kbps, x.feedback)
			for i, k := range x.kbps {
				off := own[i]/theirs[i] - 1
				line := fmt.Sprintf("%4.0f kbps: pion %5.0f, ours %5.0f (%+.1f %%) [free %5.0f, libwebrtc %5.0f]", k, theirs[i]/1000, own[i]/1000, 100*off, free[i]/1000, lib[i]/1000)
				if math.Abs(off) > tolerance {
					t.Error(line)
				} else {
					t.Log(line)
				}
			}
		})
	}
}
