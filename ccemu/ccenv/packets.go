package ccenv

import (
	"time"

	"trailblazer/api/env"
	"trailblazer/ccemu/feedback"
)

// packetLog collects what a flow's sender saw in a step.
type packetLog struct {
	sent    []feedback.Sent
	reports []feedback.Report // without their results
	counts  []int             // of the results of each report
	results []feedback.Result
	order   []int // how many packets had been sent when each report came
}

func (l *packetLog) clear() {
	l.sent, l.reports, l.counts, l.results, l.order = l.sent[:0], l.reports[:0], l.counts[:0], l.results[:0], l.order[:0]
}

func (l *packetLog) onSent(s *feedback.Sent) { l.sent = append(l.sent, *s) }

func (l *packetLog) onReport(r *feedback.Report) {
	l.results = append(l.results, r.Results...)
	l.counts = append(l.counts, len(r.Results))
	l.order = append(l.order, len(l.sent))
	kept := *r
	kept.Results = nil
	l.reports = append(l.reports, kept)
}

// The columns of what info shows of packets. Times are in ms since the session
// began; flow, kind, frame and cluster are numbers.
var (
	whatColumns = []env.Feature{
		{Name: "size_bytes", Unit: "B", Description: "size on the wire"},
		{Name: "kind", Unit: "1", Description: "0 video, 1 audio, 2 retransmission, 3 probe"},
		{Name: "frame", Unit: "1", Description: "number of its video frame, or -1"},
		{Name: "cluster", Unit: "1", Description: "number of its probe cluster, or 0"},
		{Name: "app_limited", Unit: "1", Description: "1 where nothing waited behind it"},
	}
	sentColumns = append([]env.Feature{
		{Name: "flow", Unit: "1", Description: "that the packet belongs to"},
		{Name: "sequence", Unit: "1", Description: "number of the packet within its flow"},
		{Name: "sent_ms", Unit: "ms", Description: "when it left, by the sender's clock"},
	}, whatColumns...)
	reportColumns = []env.Feature{
		{Name: "flow", Unit: "1", Description: "that is reported on"},
		{Name: "received_ms", Unit: "ms", Description: "when the report reached the sender, by the sender's clock"},
		{Name: "departure_ms", Unit: "ms", Description: "when it left the receiver, by the receiver's clock"},
		{Name: "jitter_buffer_ms", Unit: "ms", Description: "how long the receiver holds frames back"},
		{Name: "stalled_ms", Unit: "ms", Description: "for how long the video has stood still so far"},
		{Name: "sent_before", Unit: "1", Description: "packets of the flow sent in this step before the report came"},
		{Name: "results", Unit: "1", Description: "rows of results that belong to the report"},
	}
	resultColumns = append([]env.Feature{
		{Name: "sequence", Unit: "1", Description: "of the packet"},
		{Name: "received", Unit: "1", Description: "1 where it has arrived"},
		{Name: "arrival_ms", Unit: "ms", Description: "when, by the receiver's clock; 0 where it has not"},
		{Name: "sent_ms", Unit: "ms", Description: "when it left, by the sender's clock"},
	}, whatColumns...)
)

// writePackets writes the logs of all flows to a row.
func (p *play) writePackets(out env.Arrays, row int) {
	sent, reports, results := 0, 0, 0
	for i := range p.flows {
		l := &p.flows[i].log
		sent, reports, results = sent+len(l.sent), reports+len(l.reports), results+len(l.results)
	}
	s := env.ResizeRow[float64](&out[infoSent], row, sent)
	r := env.ResizeRow[float64](&out[infoReports], row, reports)
	q := env.ResizeRow[float64](&out[infoResults], row, results)
	for i := range p.flows {
		l := &p.flows[i].log
		for k := range l.sent {
			s[0] = float64(i)
			writeSent(s[1:], &l.sent[k])
			s = s[len(sentColumns):]
		}
		for k := range l.reports {
			one := &l.reports[k]
			r[0], r[1], r[2] = float64(i), milliseconds(one.At), milliseconds(one.Departure)
			r[3], r[4] = milliseconds(one.JitterBuffer), milliseconds(one.Stalled)
			r[5], r[6] = float64(l.order[k]), float64(l.counts[k])
			r = r[len(reportColumns):]
		}
		for k := range l.results {
			one := &l.results[k]
			var arrival time.Duration
			if one.Received {
				arrival = one.Arrival
			}
			q[0], q[1], q[2], q[3] = float64(one.Sequence), flag(one.Received), milliseconds(arrival), milliseconds(one.At)
			writeWhat(q[4:], &one.Sent)
			q = q[len(resultColumns):]
		}
	}
}

func writeSent(out []float64, s *feedback.Sent) {
	out[0], out[1] = float64(s.Sequence), milliseconds(s.At)
	writeWhat(out[2:], s)
}

func writeWhat(out []float64, s *feedback.Sent) {
	out[0], out[1], out[2], out[3], out[4] = float64(s.SizeBytes), float64(s.Kind), float64(s.Frame), float64(s.Cluster), flag(s.AppLimited)
}

func flag(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
