package feature_test

import (
	"math"
	"slices"
	"time"

	"trailblazer/ccemu/feedback"
)

const (
	windowS = 100 * time.Millisecond
	windowM = 500 * time.Millisecond
	windowL = time.Second
	windowH = 10 * time.Second
)

// naive keeps everything that a sender ever saw, and measures each feature
// from its definition, by going through all of it again.
type naive struct {
	packets  []naivePacket
	reports  []naiveReport
	requests []naiveRequest
	// last are the values that reports left, by name, and known those that the
	// last report could tell.
	last  map[string]float64
	known map[string]bool
}

type naivePacket struct {
	feedback.Sent
	covered           bool // by a report of this packet or of a later one
	coveredAt         time.Duration
	missing, received bool
}

type naiveReport struct {
	at time.Duration
	// until is when the newest report so far left, or when the last packet
	// arrived that it told of.
	until time.Duration
	// newest says that none before it left later.
	newest          bool
	buffer, stalled time.Duration
	// arrived are the packets that it told first to have arrived, in the order
	// of their numbers, with their round-trip times; arrivals those in the
	// order of their arrival.
	arrived, arrivals []naiveArrival
	sentBpsM          float64
	rateS             float64
}

type naiveArrival struct {
	feedback.Result
	rtt time.Duration
	// counts says that it arrived in the last second when it was reported.
	counts bool
}

type naiveRequest struct {
	at  time.Duration
	bps float64
}

func newNaive() *naive { return &naive{last: map[string]float64{}, known: map[string]bool{}} }

func (n *naive) OnSent(p *feedback.Sent) { n.packets = append(n.packets, naivePacket{Sent: *p}) }

func (n *naive) OnReport(r *feedback.Report) {
	now := r.At
	report := naiveReport{at: now, until: r.Departure, newest: true, buffer: r.JitterBuffer, stalled: r.Stalled}
	if len(n.reports) > 0 {
		before := n.reports[len(n.reports)-1]
		report.sentBpsM = before.sentBpsM
		report.newest = r.Departure >= before.until
		report.until = max(report.until, before.until)
	}
	for i := range r.Results {
		result := r.Results[i]
		if result.Sequence < 0 || result.Sequence >= int64(len(n.packets)) {
			continue
		}
		p := &n.packets[result.Sequence]
		if now-p.At >= windowH || p.covered && now-p.coveredAt >= windowL {
			continue
		}
		if !p.covered {
			report.sentBpsM = n.sentBps(p.At, windowM, int(p.Sequence)+1)
		}
		for k := range n.packets[:result.Sequence+1] {
			if q := &n.packets[k]; !q.covered {
				q.covered, q.coveredAt = true, now
			}
		}
		if result.Received && !p.received {
			p.received, p.missing = true, false
			report.arrived = append(report.arrived, naiveArrival{Result: result, rtt: r.RTT(&result)})
			report.until = max(report.until, result.Arrival)
			report.newest = report.newest && r.Departure >= result.Arrival
		} else if !result.Received && !p.received {
			p.missing = true
		}
	}
	for i := range report.arrived {
		a := &report.arrived[i]
		a.counts = a.Arrival > report.until-windowL
	}
	report.arrivals = slices.Clone(report.arrived)
	slices.SortFunc(report.arrivals, byArrival)
	n.reports = append(n.reports, report)
	n.measure()
}

func byArrival(a, b naiveArrival) int {
	if a.Arrival != b.Arrival {
		return int(max(-1, min(1, a.Arrival-b.Arrival)))
	}
	return int(a.Sequence - b.Sequence)
}

// rateOf is bytes over a window, or over the shorter time since the first.
func rateOf(bytes int64, window, age time.Duration) float64 {
	span := window
	if age < span {
		span = age
	}
	if span < windowS {
		span = windowS
	}
	return float64(bytes) * 8 / span.Seconds()
}

// sentBps is the sending rate in a window that ends at a time, of the first
// count packets.
func (n *naive) sentBps(end, window time.Duration, count int) float64 {
	bytes := int64(0)
	for _, p := range n.packets[:count] {
		if p.At > end-window {
			bytes += int64(p.SizeBytes)
		}
	}
	if count == 0 {
		return 0
	}
	return rateOf(bytes, window, end-n.packets[0].At)
}

// measure measures what the last report tells.
func (n *naive) measure() {
	n.known = map[string]bool{}
	now := n.reports[len(n.reports)-1].at
	for name, window := range map[string]time.Duration{"loss_S": windowS, "loss_M": windowM, "loss_L": windowL} {
		missing, told := 0, 0
		for _, p := range n.packets {
			if p.covered && p.coveredAt > now-window && (p.missing || p.received) {
				told++
				if p.missing {
					missing++
				}
			}
		}
		if told > 0 {
			n.set(name, float64(missing)/float64(told))
		}
	}
	if n.known["loss_L"] {
		var runs []float64
		run := 0.0
		for i, p := range n.packets {
			if p.missing && p.coveredAt > now-windowL && p.At > now-windowH {
				run++
			}
			if run > 0 && (!p.missing || i == len(n.packets)-1) {
				runs, run = append(runs, run), 0
			}
		}
		n.set("burst_mean_L", 0)
		n.set("burst_max_L", 0)
		if len(runs) > 0 {
			n.set("burst_mean_L", mean(runs))
			n.set("burst_max_L", slices.Max(runs))
		}
	}
	n.measureTrips(now)
	n.measureArrivals()
	n.measureTrend()

	stalled, before, any := 0.0, 0.0, false
	until := n.reports[len(n.reports)-1].until
	for _, r := range n.reports {
		if !r.newest {
			continue
		}
		any = true
		stalled = r.stalled.Seconds() * 1000
		if r.until <= until-windowL {
			before = stalled
		}
		n.set("jitterbuffer_ms", r.buffer.Seconds()*1000)
	}
	if any {
		n.set("stall_ms_L", math.Min(math.Max(stalled-before, 0), 1000))
	}
}

func (n *naive) set(name string, value float64) { n.last[name], n.known[name] = value, true }

func (n *naive) measureTrips(now time.Duration) {
	var inS, inL, inH []float64
	smoothed, variation, sampled := 0.0, 0.0, false
	for _, r := range n.reports {
		for _, a := range r.arrived {
			rtt := a.rtt.Seconds() * 1000
			if r.at > now-windowS {
				inS = append(inS, rtt)
			}
			if r.at > now-windowL {
				inL = append(inL, rtt)
			}
			if r.at > now-windowH {
				inH = append(inH, rtt)
			}
		}
		if len(r.arrived) == 0 {
			continue
		}
		rtt := r.arrived[len(r.arrived)-1].rtt.Seconds() * 1000
		n.set("rtt_last", rtt)
		if !sampled {
			smoothed, variation, sampled = rtt, rtt/2, true
		} else {
			variation = 0.75*variation + 0.25*math.Abs(smoothed-rtt)
			smoothed = 0.875*smoothed + 0.125*rtt
		}
		n.set("srtt", smoothed)
		n.set("rttvar", variation)
	}
	if len(inS) > 0 {
		n.set("rtt_mean_S", mean(inS))
	}
	if len(inL) > 0 {
		n.set("rtt_min_L", slices.Min(inL))
		n.set("rtt_max_L", slices.Max(inL))
	}
	if len(inH) > 0 {
		n.set("rtt_min_H", slices.Min(inH))
	}
}

// reference returns the first packet that arrived.
func (n *naive) reference() (first naiveArrival, any bool) {
	for _, r := range n.reports {
		if len(r.arrivals) > 0 {
			return r.arrivals[0], true
		}
	}
	return naiveArrival{}, false
}

func (n *naive) measureArrivals() {
	report := &n.reports[len(n.reports)-1]
	first, begun := n.reference()
	owd := func(a naiveArrival) float64 {
		return ((a.Arrival - a.At) - (first.Arrival - first.At)).Seconds() * 1000
	}
	var all []naiveArrival
	for _, r := range n.reports {
		for _, a := range r.arrivals {
			if a.counts {
				all = append(all, a)
			}
		}
	}
	slices.SortFunc(all, byArrival)
	// in returns the places in all of what arrived in a window.
	in := func(window time.Duration) (places []int) {
		for i, a := range all {
			if a.Arrival > report.until-window {
				places = append(places, i)
			}
		}
		return places
	}
	rate := func(window time.Duration) float64 {
		bytes := int64(0)
		for _, i := range in(window) {
			bytes += int64(all[i].SizeBytes)
		}
		return rateOf(bytes, window, report.until-first.Arrival) / 1000
	}
	pick := func(window time.Duration, of func(i int) float64) (values []float64) {
		for _, i := range in(window) {
			values = append(values, of(i))
		}
		return values
	}
	delay := func(i int) float64 { return owd(all[i]) }

	report.rateS = rate(windowS)
	n.set("recv_rate_S", rate(windowS))
	n.set("recv_rate_M", rate(windowM))
	n.set("recv_rate_L", rate(windowL))
	n.set("recv_max_2s", 0)
	for _, r := range n.reports {
		if r.until > report.until-2*time.Second {
			n.set("recv_max_2s", math.Max(n.last["recv_max_2s"], r.rateS))
		}
	}
	if report.sentBpsM > 0 {
		n.set("recv_send_ratio_M", rate(windowM)*1000/report.sentBpsM)
	}
	n.set("recv_pkts_S", float64(len(in(windowS))))

	// The smallest delay of 10 s, and the jitter, over all that was reported.
	least, any := math.Inf(1), false
	jitter, count, last := 0.0, 0, 0.0
	for _, r := range n.reports {
		for _, a := range r.arrivals {
			if r.at > report.at-windowH {
				least, any = math.Min(least, owd(a)), true
			}
			if count > 0 {
				jitter += (math.Abs(owd(a)-last) - jitter) / 16
			}
			last = owd(a)
			count++
		}
	}
	if begun && count > 1 {
		n.set("rfc3550_jitter", jitter)
	}
	queue := func(name string, delay float64) {
		if any {
			n.set(name, math.Max(delay-least, 0))
		}
	}

	if delays := pick(windowS, delay); len(delays) > 0 {
		n.set("owd_mean_S", mean(delays))
		n.set("owd_max_S", slices.Max(delays))
		queue("qd_mean_S", mean(delays))
		queue("qd_max_S", slices.Max(delays))
		n.set("mean_size_S", mean(pick(windowS, func(i int) float64 { return float64(all[i].SizeBytes) })))
	}
	if delays := pick(windowM, delay); len(delays) > 0 {
		queue("qd_mean_M", mean(delays))
		slices.Sort(delays)
		n.set("owd_p95_M", delays[int(math.Ceil(0.95*float64(len(delays))-1e-9))-1])
		n.set("audio_frac_M", mean(pick(windowM, func(i int) float64 { return indicator(all[i].Kind == feedback.Audio) })))
		n.set("reorder_M", mean(pick(windowM, func(i int) float64 {
			return indicator(slices.ContainsFunc(all[:i], func(a naiveArrival) bool { return a.Sequence > all[i].Sequence }))
		})))
	}
	if delays := pick(windowL, delay); len(delays) > 0 {
		n.set("owd_min_L", slices.Min(delays))
		queue("qd_mean_L", mean(delays))
	}
	if places := in(windowM); len(places) > 0 && all[places[len(places)-1]].Arrival-all[places[0]].Arrival >= 10*time.Millisecond {
		n.set("owd_slope_M", slope(pick(windowM, func(i int) float64 { return (all[i].Arrival - report.until).Seconds() }), pick(windowM, delay)))
	}

	// steps are the places with one before them.
	steps := func(window time.Duration, of func(i int) float64) (values []float64) {
		for _, i := range in(window) {
			if i > 0 {
				values = append(values, of(i))
			}
		}
		return values
	}
	gap := func(i int) float64 { return (all[i].Arrival - all[i-1].Arrival).Seconds() * 1000 }
	if gaps := steps(windowS, gap); len(gaps) > 0 {
		n.set("ia_mean_S", mean(gaps))
		n.set("ia_max_S", slices.Max(gaps))
		n.set("abs_ddelay_mean_S", mean(steps(windowS, func(i int) float64 { return math.Abs(delay(i) - delay(i-1)) })))
	}
	if gaps := steps(windowM, gap); len(gaps) > 1 {
		n.set("ia_std_M", deviation(gaps))
	}

	// Frames are complete with their last arrival before a later frame's.
	var complete []float64
	for _, i := range in(windowL) {
		a := all[i]
		if a.Kind != feedback.Video {
			continue
		}
		newest, follower := true, false
		for _, j := range in(windowL) {
			b := all[j]
			if b.Kind != feedback.Video {
				continue
			}
			if j < i && b.Frame > a.Frame {
				newest = false
			}
			if j > i && b.Frame >= a.Frame {
				follower = b.Frame > a.Frame
				break
			}
		}
		if newest && follower {
			complete = append(complete, a.Arrival.Seconds()*1000)
		}
	}
	if len(complete) > 2 {
		var gaps []float64
		for i := 1; i < len(complete); i++ {
			gaps = append(gaps, complete[i]-complete[i-1])
		}
		n.set("frame_arrival_std_L", deviation(gaps))
	}
}

// measureTrend is GCC's trendline filter from the first packet on.
func (n *naive) measureTrend() {
	type group struct{ firstSent, lastSent, firstArrival, lastArrival time.Duration }
	var groups []group
	for _, r := range n.reports {
		for _, a := range r.arrivals {
			if len(groups) > 0 {
				g := &groups[len(groups)-1]
				if a.At < g.firstSent {
					continue
				}
				together := a.At-g.firstSent <= 5*time.Millisecond
				gap := a.Arrival - g.lastArrival
				burst := gap-(a.At-g.lastSent) < 0 && gap <= 5*time.Millisecond && a.Arrival-g.firstArrival < 100*time.Millisecond
				if together || burst {
					g.lastSent, g.lastArrival = max(g.lastSent, a.At), a.Arrival
					continue
				}
			}
			groups = append(groups, group{a.At, a.At, a.Arrival, a.Arrival})
		}
	}
	var xs, ys []float64
	accumulated, smoothed := 0.0, 0.0
	for i := 1; i < len(groups)-1; i++ {
		g, before := groups[i], groups[i-1]
		if g.lastArrival < before.lastArrival {
			continue
		}
		accumulated += ((g.lastArrival - before.lastArrival) - (g.lastSent - before.lastSent)).Seconds() * 1000
		smoothed = 0.9*smoothed + 0.1*accumulated
		xs, ys = append(xs, (g.lastArrival-groups[0].firstArrival).Seconds()*1000), append(ys, smoothed)
	}
	if len(xs) >= 20 {
		last := len(xs) - 20
		if slices.Min(xs[last:]) < slices.Max(xs[last:]) {
			n.set("gcc_trend", math.Min(float64(len(xs)), 60)*4*slope(xs[last:], ys[last:]))
		}
	}
}

// Observe returns all features and which of them are present, by name.
func (n *naive) Observe(s *feedback.Sender) (values map[string]float64, present map[string]bool) {
	n.requests = append(n.requests, naiveRequest{s.Now, s.RequestBps})
	values, present = map[string]float64{}, map[string]bool{}
	put := func(name string, value float64) { values[name], present[name] = value, true }
	for name, value := range n.last {
		values[name] = value
		window := map[byte]time.Duration{'S': windowS, 'M': windowM, 'L': windowL, 'H': windowH}[name[len(name)-1]]
		switch {
		case name == "recv_max_2s":
			window = 2 * time.Second
		case window == 0:
			window = windowM
		}
		present[name] = n.known[name] && n.reports[len(n.reports)-1].at > s.Now-window
	}
	n.observeAges(s, values, present)

	bytes, packets, limited, sinceM := 0, 0, 0.0, 0.0
	inM := func(end time.Duration) (limited, count float64) {
		for _, p := range n.packets {
			if p.At > end-windowM {
				limited += indicator(p.AppLimited)
				count++
			}
		}
		return limited, count
	}
	for _, p := range n.packets {
		if !p.covered && p.At > s.Now-windowH {
			bytes += int(p.SizeBytes)
		}
		if p.At > s.Now-windowS {
			packets++
		}
	}
	limited, sinceM = inM(s.Now)
	if sinceM > 0 {
		put("app_limited_frac_M", limited/sinceM)
	} else if len(n.packets) > 0 {
		limited, sinceM = inM(n.packets[len(n.packets)-1].At)
		values["app_limited_frac_M"] = limited / sinceM
	}
	put("send_rate_S", n.sentBps(s.Now, windowS, len(n.packets))/1000)
	put("send_rate_M", n.sentBps(s.Now, windowM, len(n.packets))/1000)
	put("target_prev", s.TargetBps/1000)
	put("pacer_queue_ms", s.PacerDelay.Seconds()*1000)
	put("inflight_bytes", float64(bytes))
	put("sent_pkts_S", float64(packets))
	put("last_action_age", (s.Now-s.TargetAt).Seconds()*1000)

	put("request_rate", s.RequestBps/1000)
	before := n.requests[0].bps
	for _, r := range n.requests {
		if r.at <= s.Now-windowM {
			before = r.bps
		}
		if r.bps > 0 && r.at == s.Now {
			n.last["target_request_ratio"] = s.TargetBps / r.bps
		}
	}
	put("request_rate_change_M", (s.RequestBps-before)/1000)
	values["target_request_ratio"], present["target_request_ratio"] = n.last["target_request_ratio"], s.RequestBps > 0
	return values, present
}

func (n *naive) observeAges(s *feedback.Sender, values map[string]float64, present map[string]bool) {
	lastLoss := s.Now - windowH
	for _, p := range n.packets {
		if p.missing {
			lastLoss = max(lastLoss, p.coveredAt)
		}
	}
	values["time_since_loss"], present["time_since_loss"] = (s.Now-lastLoss).Seconds()*1000, len(n.reports) > 0

	// A queue is short by the smallest delay that was known at the report.
	type low struct {
		at    time.Duration
		delay time.Duration
	}
	var lows []low
	shortAt, any := time.Duration(0), false
	for _, r := range n.reports {
		if len(r.arrivals) == 0 {
			continue
		}
		delay := r.arrivals[0].Arrival - r.arrivals[0].At
		for _, a := range r.arrivals {
			delay = min(delay, a.Arrival-a.At)
		}
		lows = append(lows, low{r.at, delay})
		least := delay
		for _, l := range lows {
			if l.at > r.at-windowH {
				least = min(least, l.delay)
			}
		}
		any = true
		if delay-least < 5*time.Millisecond {
			shortAt = r.at
		}
	}
	if any {
		values["qd_low_age"], present["qd_low_age"] = math.Min((s.Now-shortAt).Seconds()*1000, 10_000), true
	}
}

func indicator(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func deviation(values []float64) float64 {
	m, sum := mean(values), 0.0
	for _, v := range values {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(values)))
}

func slope(xs, ys []float64) float64 {
	mx, my := mean(xs), mean(ys)
	xy, xx := 0.0, 0.0
	for i := range xs {
		xy += (xs[i] - mx) * (ys[i] - my)
		xx += (xs[i] - mx) * (xs[i] - mx)
	}
	return xy / xx
}
